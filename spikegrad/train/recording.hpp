// SPDX-License-Identifier: Apache-2.0
// What a net did on a task, as files for other programs: answers as a table, spikes as arrays.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/train/evaluation.hpp"
#include "spikegrad/train/task.hpp"

namespace spikegrad {

/// A table with a line for each sample (docs/file-formats.md). Throws UserError where the task has no classes.
SPIKEGRAD_EXPORT std::string predictions_csv(const Evaluation& evaluation, const Task& task);

/// Runs every sample `settings.trials` times, in the trials of evaluate(), and writes the spikes of all
/// populations that spike to an HDF5 file (docs/file-formats.md). Throws UserError as evaluate() does, and
/// where the file cannot be written.
SPIKEGRAD_EXPORT void record_spikes(const Model& model, std::span<const double> parameters, const Task& task,
                                    const EvaluationSettings& settings, const std::filesystem::path& file,
                                    Progress& progress = no_progress());

}  // namespace spikegrad
