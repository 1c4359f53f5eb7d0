// SPDX-License-Identifier: Apache-2.0
// Judging a net on a task: its loss, how often it is right where there are labels, and what its units do.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/core/progress.hpp"
#include "spikegrad/core/provenance.hpp"
#include "spikegrad/engine/engine.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/measure/activity.hpp"
#include "spikegrad/train/task.hpp"

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

struct SpeakerAccuracy {
  std::uint16_t speaker = 0;  ///< number in the file
  std::size_t samples = 0;
  double accuracy = 0.0;                    ///< of a single trial, like Evaluation's
  std::pair<double, double> interval = {};  ///< 95 %, Wilson, of the number of samples
};

struct Evaluation {
  std::size_t samples = 0, trials = 0;
  bool labelled = false;                             ///< else what follows down to the loss says nothing
  double accuracy = 0.0;                             ///< of a single trial: mean over samples and trials
  std::pair<double, double> accuracy_interval = {};  ///< 95 %, Wilson, of the number of samples
  double balanced_accuracy = 0.0;      ///< mean over the classes that have samples, each by its own trials
  double vote_accuracy = 0.0;          ///< of the class most trials of a sample name (ties: lowest)
  Grid<std::uint64_t> confusion = {};  ///< [label, prediction], trials
  Grid<std::uint32_t> votes = {};      ///< [sample, prediction], trials
  std::vector<SpeakerAccuracy> speakers = {};        ///< by number; empty where speakers are not known
  std::vector<double> losses = {};                   ///< [sample], mean over its trials
  double loss = 0.0;                                 ///< mean over samples of the mean over trials
  double loss_std_error = 0.0;                       ///< over the samples; of one sample, over its trials
  std::vector<PopulationActivity> populations = {};  ///< those that spike
};

/// The task is of the model, whose network may have another kind of spikes. Throws UserError where they do
/// not fit, or the parameters are not as many as the network has, and finite.
SPIKEGRAD_EXPORT Evaluation evaluate(const Model& model, std::span<const double> parameters, const Task& task,
                                     const EvaluationSettings& settings = {},
                                     Progress& progress = no_progress());

/// On a data set.
SPIKEGRAD_EXPORT Evaluation evaluate(const Model& model, std::span<const double> parameters,
                                     const SpikeData& data, const EvaluationSettings& settings = {},
                                     Progress& progress = no_progress());

/// What `spikegrad evaluate --json` writes; `run`: the folder of the run, or empty. Numbers that are not
/// finite are null.
SPIKEGRAD_EXPORT std::string to_json(const Evaluation& evaluation, const Task& task,
                                     const std::string& run = {}, const std::optional<Provenance>& made = {});

}  // namespace spikegrad
