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
  /// Epochs whose weights parameters_at() has: 0 (the beginning), those that the run keeps, and the newest.
  std::vector<std::size_t> checkpoints;
  std::vector<std::string> refused;  ///< damaged checkpoints that were passed over: why, one line each
};

/// Throws UserError where the folder holds no run, what it holds is damaged, or no weights are saved yet.
SPIKEGRAD_EXPORT SavedRun load_run(const std::filesystem::path& folder);

/// The weights after one of SavedRun::checkpoints. Throws UserError where it is none of them, or damaged.
SPIKEGRAD_EXPORT std::vector<double> parameters_at(const std::filesystem::path& folder, std::size_t epoch);

}  // namespace spikegrad
