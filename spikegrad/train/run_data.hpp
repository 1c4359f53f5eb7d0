// SPDX-License-Identifier: Apache-2.0
// The data that a finished run trained on, read again.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/core/isolation.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/train/run_description.hpp"
#include "spikegrad/train/task.hpp"

namespace spikegrad {

/// A task with what it refers to, but for the model.
struct RunTask {
  std::shared_ptr<const SpikeData> data;  ///< null: the model has an input of its own
  std::unique_ptr<Task> task;
};

/// What the run trained on, or `data` (a file or a folder) in its place. The model must outlive it. Throws UserError where
/// there is none, it does not fit, or the run's own files are no longer what they were. `notes`: what there is to say.
SPIKEGRAD_EXPORT RunTask read_run_task(const std::string& run, const RunDescription& info, const Model& model,
                                       const std::optional<std::filesystem::path>& data,
                                       std::vector<std::string>& notes,
                                       Isolation isolation = Isolation::none);

}  // namespace spikegrad
