// SPDX-License-Identifier: Apache-2.0
// The reference engine for estimators: one trial forward, one pass backward, in double precision.
#pragma once

#include <optional>
#include <span>

#include "spikegrad/engine/draws.hpp"
#include "spikegrad/engine/learning_signal.hpp"
#include "spikegrad/engine/problem.hpp"

namespace spikegrad {

/// Keeps its buffers from trial to trial; one object per thread.
class ReferenceEngine {
 public:
  /// Runs a trial, keeps its tape, and gives L: the loss, or for Forcing::always the negative log-likelihood
  /// of the target, and the regularisers' penalty. With first_step > 0 the kept tape is continued from that
  /// step (draws before it must be the same).
  double forward(const Problem& problem, const LearningSignal& signal, Draws& draws,
                 std::size_t first_step = 0);

  /// Adds the gradient of the trial just run. `advantage` is L - b, used where signal.score is set. `credit`
  /// (may be null) adds ℓ_k f'(x_k) at every spike slot, from a grid [steps, units].
  void backward(const Problem& problem, const LearningSignal& signal, double advantage,
                const Grid<double>* credit, std::span<double> gradient);

  /// The part of the last trial's L that is the regularisers'.
  double penalty() const { return penalty_; }

  const Tape<double>& tape() const { return tape_; }
  Tape<double>& tape() { return tape_; }

 private:
  Tape<double> tape_;
  Signals signals_;
  BackwardPass backward_;
  double penalty_ = 0.0;
};

/// Width Δu of an escape function, in threshold units: that over which log p grows by 1 far below threshold
/// (1/β for the sigmoid).
double escape_width(const Escape& escape);

/// Injects -(z - S)/Δu at x of a population with target z [P], [G]; width Δu = 0: that of its escape
/// function.
void add_target_error(const Network& network, std::size_t population, const Grid<double>& target,
                      double width, const Tape<double>& tape, Signals& signals);

/// Is the spike of this population drawn, given the clamp?
inline bool is_drawn(const Network& network, std::size_t population, const std::optional<Clamp>& clamp) {
  return network.populations()[population].is_stochastic() && !(clamp && clamp->population == population);
}

}  // namespace spikegrad
