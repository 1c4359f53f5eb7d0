// SPDX-License-Identifier: Apache-2.0
// The data of a run: a file, or a folder with a training file and a test file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/core/isolation.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/train/run_description.hpp"

namespace spikegrad {

struct DataFiles {
  std::filesystem::path training;
  std::optional<std::filesystem::path> validation, test;
};

/// A file itself; of a folder the one *_train.h5 in it, and the one *_valid.h5 and *_test.h5, if there is one. Throws
/// UserError where there is none, or several.
SPIKEGRAD_EXPORT DataFiles find_data_files(const std::filesystem::path& path);

/// What a net is judged on: a file itself; of a folder the *_test.h5. Throws UserError where there is none.
SPIKEGRAD_EXPORT std::filesystem::path find_test_file(const std::filesystem::path& path);

/// The file, binned as the model says. Throws UserError, also where it does not fit the model.
SPIKEGRAD_EXPORT SpikeData read_data(const std::filesystem::path& file, const Model& model,
                                     Isolation isolation = Isolation::none);

/// Does a run of this model that is given a validation file train and validate by it?
SPIKEGRAD_EXPORT bool uses_validation_file(const Model& model);

/// The training file, and the validation file after it (data/agreement.hpp) where the model uses one; `notes`
/// gets a line for what was matched, passed over or looks like a mistake. Throws UserError, also where
/// split = "file" finds none.
SPIKEGRAD_EXPORT SpikeData read_training_data(const DataFiles& files, const Model& model,
                                              std::vector<std::string>& notes,
                                              Isolation isolation = Isolation::none);

/// The file that a run is judged on, its classes in the run's order; `notes` as above. Throws UserError where
/// it does not go with what the run was trained on.
SPIKEGRAD_EXPORT SpikeData read_test_data(const std::filesystem::path& file, const Model& model,
                                          const std::optional<RunData>& run, std::vector<std::string>& notes,
                                          Isolation isolation = Isolation::none);

/// A checksum of all that a run sees of its data.
SPIKEGRAD_EXPORT std::uint32_t fingerprint(const SpikeData& data);

}  // namespace spikegrad
