// SPDX-License-Identifier: Apache-2.0
// What an estimator of one pass puts for ℓ_k (docs/derivations.md, section 3), as data: all that one forward
// and one backward pass need to know of it. Every engine takes it, so an estimator written this way runs on
// any.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spikegrad/neuron/spike_slope.hpp"

namespace spikegrad {

/// What a stochastic unit sends on.
enum class ForwardMode : std::uint8_t {
  sampled,    ///< its spike, S ~ Bernoulli(f(x))
  mean_field  ///< its probability f(x): the smoothed probabilistic model of [GZ]
};

/// φ' at a spiking unit. Analog units are differentiable: they keep f' under all but `surrogate` and `one`.
enum class PseudoDerivative : std::uint8_t {
  zero,       ///< 0: the signal ends at the spike (score function, likelihood, counterfactuals)
  smoothed,   ///< f' of a stochastic unit times the smoothed dS/dp; 0 of a deterministic one
  surrogate,  ///< g, the population's surrogate, or f' where none is given
  one,        ///< 1 (straight-through)
  spike,      ///< S itself (MultilayerSpiker's hidden units)
  own         ///< LearningSignal::slope of a stochastic unit; 0 of a deterministic one
};

/// What enters at the output.
enum class OutputSignal : std::uint8_t {
  loss,         ///< ∂L/∂S (or ∂L/∂x for a likelihood)
  target_error  ///< -(z - S)/Δu at x of the population with the target z [P], [G]
};

/// Whether the population with the target spikes as the target says.
enum class Forcing : std::uint8_t { as_loss, always, never };

/// How much of what a drive D[t] does to its unit counts.
enum class DriveEffect : std::uint8_t {
  whole,  ///< D̄[t]: on all later x of the unit, through its filter
  first   ///< D̃[t]: on the first x that it reaches
};

struct LearningSignal {
  ForwardMode forward = ForwardMode::sampled;
  PseudoDerivative pseudo = PseudoDerivative::zero;
  SpikeSlope slope = {};  ///< φ' of PseudoDerivative::own
  OutputSignal output = OutputSignal::loss;
  Forcing forcing = Forcing::as_loss;
  double target_width = 0.0;  ///< Δu of target_error; 0: the width of the population's escape function
  bool score = false;      ///< adds (L - b) d log P(S_k)/dx_k at every spike that was drawn; b: the sample's
  bool to_inputs = false;  ///< the signal goes back to the inputs too: BatchResults::input_gradients
  bool through_loops = true;  ///< false: no signal goes back through connections within a loop of populations
  bool through_own = true;    ///< false: none through a unit's own reset and adaptation
  DriveEffect signal_effect = DriveEffect::whole;  ///< in signals that go back through connections
  DriveEffect weight_effect = DriveEffect::whole;  ///< in gradients of weights, biases and delays
  std::size_t window = 0;  ///< above 0: no signal goes back through the states of steps window, 2 window, …
  double feedback_scale = 0.0;  ///< above 0: signals go back through fixed random weights, feedback.hpp
  bool credit = false;          ///< adds ℓ_k f'(x_k) at drawn spikes, ℓ_k from the sample's credits
};

}  // namespace spikegrad
