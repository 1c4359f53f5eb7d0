// SPDX-License-Identifier: Apache-2.0
// The one backward pass of the reference engine. Every estimator that needs a single pass is a choice of
//
//   * signals: ∂L/∂S at outputs and direct injections at x = u - θ (network/tape.hpp), and
//   * φ', the pseudo-derivative that turns the signal arriving at a spike into one at its potential.
//
// For each step from the last to the first, with S̄ = ∂L/∂S, x̄ = ∂L/∂x, D̄ = ∂L/∂D (drive):
//
//   S̄_j[t] = signals.output + Σ_i w_ij D̄_i[t] + (reset, adaptation)
//   x̄_j[t] = S̄_j[t] φ'_j[t] + signals.excess
//   ∂L/∂w_ij += D̄_i[t] S_j[t]    ∂L/∂b_i += D̄_i[t]    ∂L/∂log τ_i += λ̄_i[t] dλ/d log τ
//
// where a connection has delays, Ŝ stands for S (network/delays.hpp), and its adjoint goes back to the steps in which
// it was sent: S̄_j[t-n] += (1-φ) Σ_i w_ij D̄_i[t], S̄_j[t-n-1] += φ Σ_i w_ij D̄_i[t];
//
// and D̄ from x̄ by the adjoint of the unit's own filter. docs/derivations.md derives it. A signal may leave out paths
// (engine/learning_signal.hpp): through connections, a unit's own reset, all but the first effect of a drive, or the
// states at the beginning of a window.
#pragma once

#include <cstdint>
#include <span>

#include "spikegrad/engine/lowering.hpp"
#include "spikegrad/engine/reference/first_effects.hpp"
#include "spikegrad/engine/reference/forward.hpp"
#include "spikegrad/engine/sample.hpp"
#include "spikegrad/network/network.hpp"
#include "spikegrad/network/tape.hpp"
#include "spikegrad/network/time_constants.hpp"

namespace spikegrad {

/// Smoothed stochastic derivative of a Bernoulli draw [A]: the right and the left derivative, averaged with
/// weights 1-p and p. It is 1 whatever was drawn (NaN for what p makes impossible).
double smoothed_bernoulli_derivative(double p, bool spiked);

/// Keeps its buffers from call to call; one object per thread.
class BackwardPass {
 public:
  /// Adds to gradient [parameter_count]. The lowering says which outputs are given (a reset follows given
  /// spikes, which do not depend on x) and what φ' is; `dropout_scale` and `done` as in the forward pass; `input_gradients`
  /// as in BatchResults, of this sample. Throws InternalError where sizes do not match.
  void run(const Network& network, std::span<const double> parameters, const Tape<double>& tape,
           const Lowering& lowering, const Signals& signals, std::span<double> gradient,
           std::span<const double> dropout_scale = {}, std::span<const NumberSpan> input_gradients = {},
           TrainingShare done = {});

  /// S̄ [steps, units] of the last run.
  const Grid<double>& output_adjoints() const { return adj_output_; }

 private:
  std::vector<double> adj_state_, adj_drive_, first_effect_;
  FirstEffects first_effects_;
  Grid<double> adj_output_;  ///< [steps, units]: a delay brings signals to earlier steps
  Decays<double> learned_;
  detail::Taps<double> taps_;
};

}  // namespace spikegrad
