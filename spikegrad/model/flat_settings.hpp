// SPDX-License-Identifier: Apache-2.0
// A model file as a list of settings, to compare files with each other.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace spikegrad {

/// Key, as in `--set` ("population.h.tau_mem", "connection.x->h.kernel"), and value as TOML, texts
/// without their quotes.
using FlatSettings = std::vector<std::pair<std::string, std::string>>;

/// All of a model file in its order but `weights`, and other arrays of more than 16 values. Throws UserError
/// as load_model() does where it is not TOML.
FlatSettings flat_settings(const std::filesystem::path& file);

}  // namespace spikegrad
