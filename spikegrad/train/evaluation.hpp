// SPDX-License-Identifier: Apache-2.0
// Judging a net on labelled data: how often it is right, and what its units do.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/core/progress.hpp"
#include "spikegrad/measure/activity.hpp"
#include "spikegrad/train/data_trainer.hpp"

namespace spikegrad {

struct EvaluationSettings {
  EngineSettings engine = {};
  std::uint64_t seed = 1;
  std::size_t trials = 1;  ///< of every sample
  /// Activity statistics look at so many samples, evenly spread, in so many trials each.
  std::size_t activity_samples = 16, activity_trials = 10;
};

struct PopulationActivity {
  std::string name;
  ActivityStatistics statistics;               ///< means over samples; NaN where there is none
  std::vector<ActivityStatistics> units = {};  ///< the same of each unit
};

struct Evaluation {
  std::size_t samples = 0, trials = 0;
  double accuracy = 0.0;                             ///< of a single trial: mean over samples and trials
  std::pair<double, double> accuracy_interval = {};  ///< 95 %, Wilson, of the number of samples
  double vote_accuracy = 0.0;               ///< of the class most trials of a sample name (ties: lowest)
  double loss = 0.0, loss_std_error = 0.0;  ///< mean over samples of the mean over trials
  Grid<std::uint64_t> confusion = {};       ///< [label, prediction], trials
  std::vector<PopulationActivity> populations = {};  ///< those that spike
};

/// Throws UserError where the data do not fit the model.
Evaluation evaluate(const Model& model, std::span<const double> parameters, const SpikeData& data,
                    const EvaluationSettings& settings, Progress& progress);

}  // namespace spikegrad
