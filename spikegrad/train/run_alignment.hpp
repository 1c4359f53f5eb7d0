// SPDX-License-Identifier: Apache-2.0
// How estimators point along the true gradient while a net is trained: measure/alignment.hpp at checkpoints of a run,
// on samples of its training data.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/core/provenance.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/measure/alignment.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/train/task.hpp"

namespace spikegrad {

/// The weights after an epoch; 0: the beginning.
struct TrainedWeights {
  std::size_t epoch = 0;
  std::vector<double> parameters;
};

struct CheckpointAlignment {
  std::size_t epoch = 0;
  Alignment alignment;
};

struct RunAlignment {
  std::string run;                        ///< its folder, or what else names it
  std::string data;                       ///< where the samples are from
  std::size_t samples = 0, training = 0;  ///< used, and how many train
  std::vector<std::string> populations;   ///< of Alignment::rates
  std::vector<bool> spiking;              ///< do they spike?
  std::vector<std::string> blocks;        ///< of parameters
  std::vector<CheckpointAlignment> checkpoints;
};

struct RunAlignmentSettings {
  std::size_t samples = 64;  ///< of the training samples, evenly spread; fewer where there are fewer
  AlignmentSettings alignment = {};
  /// Called with what is measured so far, after each truth and each estimator.
  std::function<void(const RunAlignment&)> on_measured = {};
};

/// Throws UserError as align() does. No dropout, no augmentation: it is the net that is judged.
SPIKEGRAD_EXPORT RunAlignment align_run(const Model& model, const Task& task,
                                        const std::vector<TrainedWeights>& checkpoints,
                                        const RunAlignmentSettings& settings = {},
                                        Progress& progress = no_progress());

/// The table that the command prints, of one checkpoint: a row for each estimator and parameter block.
SPIKEGRAD_EXPORT std::string checkpoint_text(const RunAlignment& run, const CheckpointAlignment& checkpoint);
/// What the columns mean, and which estimators are left out.
SPIKEGRAD_EXPORT std::string alignment_notes(const RunAlignment& run);

/// docs/file-formats.md. Numbers that are not finite are null, in CSV empty.
SPIKEGRAD_EXPORT std::string to_json(const RunAlignment& run, const std::optional<Provenance>& made = {});
SPIKEGRAD_EXPORT std::string to_csv(const RunAlignment& run);

}  // namespace spikegrad
