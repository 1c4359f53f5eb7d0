// SPDX-License-Identifier: Apache-2.0
// Escape functions: the probability that a unit spikes in a step, as a function of x = u - θ (threshold
// units).
//
// Contract of a member f, checked for every member by tests/neuron/escape_test.cpp:
//   probability(x)          f(x) in [0, 1], non-decreasing; T is double, Dual or StochasticTriple
//   derivative(x)           f'(x) >= 0
//   log_probability(x, s)   log f(x) for a spike (s), log(1 - f(x)) for none
//   log_slope(x, s)         its derivative: f'/f or -f'/(1 - f)
// No member gives NaN for |βx| (or |x/Δu|) up to 1e6; log_probability may be -infinity only where the event
// is impossible. A new member is one file here in neuron/escape/, one line in the variant, one entry in the
// test.
#pragma once

#include <variant>

#include "spikegrad/neuron/escape/clipped_exponential.hpp"
#include "spikegrad/neuron/escape/exponential_hazard.hpp"
#include "spikegrad/neuron/escape/sigmoid.hpp"
#include "spikegrad/neuron/escape/superspike.hpp"

namespace spikegrad {

using Escape =
    std::variant<SigmoidEscape, ExponentialHazardEscape, ClippedExponentialEscape, SuperSpikeEscape>;

}  // namespace spikegrad
