// SPDX-License-Identifier: Apache-2.0
// What an estimator puts for ℓ_k (THEORY section 2), as data: all that one forward and one backward pass need
// to know of it. Both engines take it, so an estimator written this way runs on either.
#pragma once

#include <cstdint>

#include "spikegrad/engine/reference/backward.hpp"
#include "spikegrad/engine/reference/forward.hpp"

namespace spikegrad {

/// What enters at the output.
enum class OutputSignal : std::uint8_t {
  loss,         ///< ∂L/∂S (or ∂L/∂x for a likelihood)
  target_error  ///< -(z - S)/Δu at x of the population with the target z [P], [G]
};

/// Whether the population with the target spikes as the target says.
enum class Forcing : std::uint8_t { as_loss, always, never };

struct LearningSignal {
  ForwardMode forward = ForwardMode::sampled;
  PseudoDerivative pseudo = PseudoDerivative::zero;
  OutputSignal output = OutputSignal::loss;
  Forcing forcing = Forcing::as_loss;
  double target_width = 0.0;  ///< Δu of target_error; 0: the width of the population's escape function
  bool score = false;         ///< adds (L - b) d log P(S_k)/dx_k at every spike that was drawn
  bool credit = false;        ///< adds ℓ_k f'(x_k) at drawn spikes, ℓ_k given by the caller
};

}  // namespace spikegrad
