// SPDX-License-Identifier: Apache-2.0
// Repeated trials of one problem, to look at what the network does: nothing is clamped, nothing is learnt.
#pragma once

#include <cstdint>
#include <vector>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/engine/engine.hpp"
#include "spikegrad/engine/problem.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/measure/activity.hpp"

namespace spikegrad {

struct TrialSettings {
  std::size_t trials = 1;
  std::uint64_t seed = 1;
  std::uint32_t sample = 0xFFFFFFFEu;  ///< identity of the draws; not one that training uses
  EngineSettings engine = {};
};

struct TrialRecord {
  std::vector<std::vector<SpikeRaster>>
      spikes;                               ///< [population][trial]; empty for populations of other outputs
  std::vector<std::vector<double>> losses;  ///< [loss][trial], in the order of `losses`
};

/// Runs the trials and keeps all spikes and the values of the given losses. Throws UserError where the problem or a
/// loss is not sound.
SPIKEGRAD_EXPORT TrialRecord run_trials(const Problem& problem, std::span<const Loss> losses,
                                        const TrialSettings& settings = {},
                                        Progress& progress = no_progress());

}  // namespace spikegrad
