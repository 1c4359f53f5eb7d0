// SPDX-License-Identifier: Apache-2.0
// The data of a run: a file, or a folder with a training file and a test file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "spikegrad/core/isolation.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

struct DataFiles {
  std::filesystem::path training;
  std::optional<std::filesystem::path> test;
};

/// A file itself; of a folder the one *_train.h5 in it and the one *_test.h5, if there is one. Throws
/// UserError where there is none, or several.
SPIKEGRAD_EXPORT DataFiles find_data_files(const std::filesystem::path& path);

/// What a net is judged on: a file itself; of a folder the *_test.h5. Throws UserError where there is none.
SPIKEGRAD_EXPORT std::filesystem::path find_test_file(const std::filesystem::path& path);

/// The file, binned as the model says. Throws UserError, also where it does not fit the model.
SPIKEGRAD_EXPORT SpikeData read_data(const std::filesystem::path& file, const Model& model,
                                     Isolation isolation = Isolation::none);

/// A checksum of all that a run sees of its data.
SPIKEGRAD_EXPORT std::uint32_t fingerprint(const SpikeData& data);

}  // namespace spikegrad
