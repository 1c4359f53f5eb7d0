// SPDX-License-Identifier: Apache-2.0
// Units, escape functions and surrogates as the constants of the inner loops.
#pragma once

#include <cstddef>
#include <vector>

#include "spikegrad/engine/cpu/kernels.hpp"
#include "spikegrad/engine/learning_signal.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad::cpu {

EscapeSpec escape_spec(const Escape& escape);

/// φ' of a population under an estimator's choice, as BackwardPass has it. Points of a table are appended to
/// `storage`, which must not move afterwards.
SlopeSpec slope_spec(const Population& population, PseudoDerivative pseudo, std::vector<float>& storage);

/// Does a signal that arrives at this population's outputs go any further? As BackwardPass has it.
bool passes_signals(const Population& population, PseudoDerivative pseudo);

/// Unit model and output of a population; `clamped` where its spikes are given.
LayerSpec layer_spec(const Network& network, std::size_t population, ForwardMode mode, bool clamped);

}  // namespace spikegrad::cpu
