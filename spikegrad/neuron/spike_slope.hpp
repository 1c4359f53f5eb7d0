// SPDX-License-Identifier: Apache-2.0
// Pseudo-derivatives φ' of a drawn spike that are functions of its escape function f, of x = u - θ and of the spike
// itself: spike_slope(member, f, x, S) in spikegrad::equations (equations.hpp says how it is written), finite
// wherever S may happen. A learning signal holds one (PseudoDerivative::own). A new member is one file in
// neuron/spike_slope/ and one line in the variant; both engines take it from there.
#include "spikegrad/neuron/spike_slope/gumbel.hpp"
#include "spikegrad/neuron/spike_slope/reinmax.hpp"

#ifndef SPIKEGRAD_SPIKE_SLOPE
#define SPIKEGRAD_SPIKE_SLOPE

#include <variant>

namespace spikegrad {

using SpikeSlope = std::variant<ReinmaxSlope, GumbelSlope>;

}  // namespace spikegrad
#endif
