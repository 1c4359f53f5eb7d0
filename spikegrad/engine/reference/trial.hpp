// SPDX-License-Identifier: Apache-2.0
// One trial of the reference engine: forward, and backward over its tape, in double precision.
#pragma once

#include <optional>
#include <span>

#include "spikegrad/engine/lowering.hpp"
#include "spikegrad/engine/problem.hpp"
#include "spikegrad/engine/reference/backward.hpp"
#include "spikegrad/engine/sample.hpp"

namespace spikegrad {

/// Keeps its buffers from trial to trial; one object per thread. What the objective refers to must outlive
/// it.
class ReferenceTrial {
 public:
  /// Throws as Lowering does.
  ReferenceTrial(const Objective& objective, const LearningSignal& signal) : lowering_(objective, signal) {}

  /// Runs a trial, keeps its tape, and gives L: the loss, or for Forcing::always the negative log-likelihood
  /// of the target, and the regularisers' penalty. The problem is of the objective. With first_step > 0 the
  /// kept tape is continued from that step (draws before it must be the same).
  double forward(const Problem& problem, Draws& draws, std::size_t first_step = 0);

  /// Adds the gradient of the trial just run. `advantage` is L - b, used where the signal has a score;
  /// `input_gradients` as in BatchResults, of this sample.
  void backward(const Problem& problem, double advantage, std::span<const SpikeCredit> credits,
                std::span<double> gradient, std::span<const NumberSpan> input_gradients = {});

  /// The part of the last trial's L that is the regularisers'.
  double penalty() const { return penalty_; }

  const Tape<double>& tape() const { return tape_; }
  /// ∂L/∂output [steps, units] of the last backward pass.
  const Grid<double>& output_adjoints() const { return backward_.output_adjoints(); }
  Tape<double>& tape() { return tape_; }

 private:
  Lowering lowering_;
  Tape<double> tape_;
  Signals signals_;
  BackwardPass backward_;
  std::optional<Loss> forced_loss_;
  double penalty_ = 0.0;
};

}  // namespace spikegrad
