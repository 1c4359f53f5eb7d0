// SPDX-License-Identifier: Apache-2.0
// Populations as the constants of the inner loops.
#pragma once

#include <cstddef>

#include "spikegrad/engine/cpu/kernels.hpp"
#include "spikegrad/engine/lowering.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad::cpu {

/// φ' of a population; `own` as in the learning signal.
SlopeSpec slope_spec(const Population& population, Slope slope, const SpikeSlope& own = {});

/// Unit model and output of a population.
LayerSpec layer_spec(const Network& network, std::size_t population, Firing firing);

}  // namespace spikegrad::cpu
