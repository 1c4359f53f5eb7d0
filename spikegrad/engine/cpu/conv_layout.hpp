// SPDX-License-Identifier: Apache-2.0
// How convolutions are laid out for the inner loops, both ways: the same work for every spike, and few large
// products for the signals.
#pragma once

#include "spikegrad/engine/cpu/plan.hpp"

namespace spikegrad::cpu {

/// Fills in what ConnectionPlan has for convolutions, but for the places in the parameters.
void lay_out_convolution(ConnectionPlan& c, const PopulationPlan& from, const PopulationPlan& to);

}  // namespace spikegrad::cpu
