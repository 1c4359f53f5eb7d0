// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "spikegrad/findings/findings.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// Activation, expected output and its derivative with the surrogate gradient laid over it, for one weight of
/// the binary and of the LIF unit.
Figure one_neuron_figure(const Model& binary, const Model& lif, const FindingSettings& settings,
                         Progress& progress);

}  // namespace spikegrad
