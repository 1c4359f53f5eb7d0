// SPDX-License-Identifier: Apache-2.0
// Units, escape functions and surrogates as the constants of the inner loops.
#pragma once

#include <cstddef>
#include <vector>

#include "spikegrad/engine/cpu/kernels.hpp"
#include "spikegrad/engine/lowering.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad::cpu {

EscapeSpec escape_spec(const Escape& escape);

/// φ' of a population. Points of a table are appended to `storage`, which must not move afterwards.
SlopeSpec slope_spec(const Population& population, Slope slope, std::vector<float>& storage);

/// Unit model and output of a population.
LayerSpec layer_spec(const Network& network, std::size_t population, Firing firing);

}  // namespace spikegrad::cpu
