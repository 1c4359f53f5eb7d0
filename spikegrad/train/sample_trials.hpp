// SPDX-License-Identifier: Apache-2.0
// One sample of a data set in repeated trials, with all that the units did.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/measure/activity.hpp"
#include "spikegrad/train/batch_engine.hpp"

namespace spikegrad {

/// Trial `trial` of sample i when a net is judged: its draws are none of those that training uses.
LabelledSample judged_trial(const SpikeData& data, std::size_t i, std::size_t trial);

/// Do these outputs have statistics of spikes: hidden units that spike?
bool has_spikes(const Population& population);

struct SampleTrials {
  std::size_t sample = 0, label = 0;
  std::vector<std::uint32_t> predictions;  ///< [trial]
  /// [population][trial], of units that spike; of the input the sample's own spikes, once; else empty.
  std::vector<std::vector<SpikeRaster>> spikes;
  Grid<float> readout;  ///< [steps, classes] potentials in the first trial
};

/// Runs sample i of the data `trials` times; seed: of the draws.
SampleTrials run_sample(BatchEngine& engine, const Model& model, std::span<const double> parameters,
                        const SpikeData& data, std::size_t i, std::size_t trials, std::uint64_t seed);

}  // namespace spikegrad
