// SPDX-License-Identifier: Apache-2.0
// A trained net from disk: the folder that `spikegrad train` writes, and fit() where it is given one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "spikegrad/export.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/train/metrics.hpp"
#include "spikegrad/train/run_description.hpp"

namespace spikegrad {

struct SavedRun {
  RunDescription info;
  Model model;                       ///< with the weights of the beginning
  std::vector<double> parameters;    ///< those that the run keeps: of `epoch`
  std::size_t epoch = 0;             ///< the best where validation selects, else the last
  std::vector<EpochMetrics> epochs;  ///< in their order
  std::vector<std::string> refused;  ///< damaged checkpoints that were passed over: why, one line each
};

/// Throws UserError where the folder holds no run, what it holds is damaged, or no weights are saved yet.
SPIKEGRAD_EXPORT SavedRun load_run(const std::filesystem::path& folder);

}  // namespace spikegrad
