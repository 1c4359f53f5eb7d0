// SPDX-License-Identifier: Apache-2.0
// A training run: the trainer's updates, with metrics and checkpoints into the run's folder.
#pragma once

#include <filesystem>
#include <functional>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/train/run_directory.hpp"
#include "spikegrad/train/trainer.hpp"

namespace spikegrad {

struct RunSettings {
  double checkpoint_every = 10.0;  ///< seconds between checkpoints; 0: after every update
};

/// Goes on until the trainer is finished; `restored`: the checkpoint it went on from, or empty. Saves at the
/// end, at an interrupt, at a gradient that is not finite, and in between. Reports a sample as a unit of
/// progress. Throws Interrupted and NotFinite after saving; UserError where the disk does not take what is written, which leaves the last checkpoint whole.
void run_training(Trainer& trainer, const RunDirectory& directory, const Network& network,
                  const std::filesystem::path& restored, const RunSettings& settings, Progress& progress,
                  const std::function<void(const EpochMetrics&)>& on_epoch);

}  // namespace spikegrad
