// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace spikegrad {

/// The bytes of a file (or pipe). Throws UserError, naming it, where it is missing, a directory, unreadable
/// or longer than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace spikegrad
