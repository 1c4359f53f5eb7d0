// SPDX-License-Identifier: Apache-2.0
// One sample of a task in repeated trials, with all that the units did.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/engine/engine.hpp"
#include "spikegrad/measure/activity.hpp"
#include "spikegrad/train/task.hpp"

namespace spikegrad {

/// Trial `trial` of sample i when a net is judged: its draws are none of those that training uses.
Sample judged_trial(const Task& task, std::size_t i, std::size_t trial);

/// Do these outputs have statistics of spikes: units that spike, hidden or at the output?
bool has_spikes(const Population& population);

struct SampleTrials {
  std::size_t sample = 0;
  std::optional<std::size_t> label = {};
  std::vector<std::uint32_t> predictions = {};  ///< [trial]
  /// [population][trial], of units that spike; of inputs their own spikes, once; else empty.
  std::vector<std::vector<SpikeRaster>> spikes = {};
  Grid<float> output = {};  ///< [steps, units] of the loss's population in the first trial
};

/// Runs sample i of the task `trials` times through a forward pass for this network; seed: of the draws.
SampleTrials run_sample(Pass& forward, const Network& network, std::span<const double> parameters,
                        const Task& task, std::size_t i, std::size_t trials, std::uint64_t seed);

}  // namespace spikegrad
