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
// and D̄ from x̄ by the adjoint of the unit's own filter. docs/derivations.md derives it.
#pragma once

#include <cstdint>
#include <span>

#include "spikegrad/network/network.hpp"
#include "spikegrad/network/tape.hpp"
#include "spikegrad/network/time_constants.hpp"

namespace spikegrad {

/// φ' at a spiking unit. Analog units are differentiable: they keep f' under `zero`, `smoothed` and `spike`.
enum class PseudoDerivative : std::uint8_t {
  zero,       ///< 0: the signal ends at the spike (score function, likelihood, counterfactuals)
  smoothed,   ///< f' of a stochastic unit times the smoothed dS/dp; 0 of a deterministic one
  surrogate,  ///< g, the population's surrogate, or f' where none is given
  one,        ///< 1 (straight-through)
  spike       ///< S itself (MultilayerSpiker's hidden units)
};

/// Smoothed stochastic derivative of a Bernoulli draw [A]: the right and the left derivative, averaged with
/// weights 1-p and p. It is 1 whatever was drawn (NaN for what p makes impossible).
double smoothed_bernoulli_derivative(double p, bool spiked);

/// Keeps its buffers from call to call; one object per thread.
class BackwardPass {
 public:
  /// Adds to gradient [parameter_count]. `clamp` and `sent` as in the forward pass (the reset follows the
  /// given spikes, which do not depend on x). Throws InternalError where sizes do not match.
  void run(const Network& network, std::span<const double> parameters, const Tape<double>& tape,
           const Clamp* clamp, PseudoDerivative pseudo, const Signals& signals, std::span<double> gradient,
           std::span<const double> sent = {});

 private:
  std::vector<double> adj_state_, adj_output_, adj_drive_;
  Decays<double> learned_;
};

}  // namespace spikegrad
