// SPDX-License-Identifier: Apache-2.0
// Training in one call, for who has a model in memory and wants its weights.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/engine/engine.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/train/metrics.hpp"
#include "spikegrad/train/task.hpp"

namespace spikegrad {

struct FitSettings {
  EngineSettings engine = {};
  /// The folder of the run, as `spikegrad train` keeps it: it goes on with what was interrupted, evaluates and
  /// reports it, and load_run() reads it. Empty: nowhere.
  std::filesystem::path folder = {};
  /// Epochs whose state stays in the folder (parameters_at() of saved_run.hpp).
  std::vector<std::size_t> keep_checkpoints = {};
  /// An estimator of the caller's in place of the one that the model names (estimator/estimator_info.hpp). Not
  /// with a folder, whose model names its estimator.
  const EstimatorInfo* estimator = nullptr;
  /// Called after each epoch; an exception ends the training and comes out of fit().
  std::function<void(const EpochMetrics&)> on_epoch = {};
  Progress* progress = nullptr;  ///< may throw Interrupted
};

struct FitResult {
  std::vector<double> parameters;    ///< of the best epoch where validation selects, else of the last
  std::vector<EpochMetrics> epochs;  ///< in their order
};

/// Trains as the model's [training] says. Throws UserError as Trainer does, and where the folder holds a run
/// already or cannot be written.
SPIKEGRAD_EXPORT FitResult fit(const Model& model, Task& task, const FitSettings& settings = {});
/// On a data set: the model's input is one.
SPIKEGRAD_EXPORT FitResult fit(const Model& model, const SpikeData& data, const FitSettings& settings = {});
/// On the model's own input.
SPIKEGRAD_EXPORT FitResult fit(const Model& model, const FitSettings& settings = {});

}  // namespace spikegrad
