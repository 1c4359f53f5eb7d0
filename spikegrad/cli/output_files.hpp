// SPDX-License-Identifier: Apache-2.0
// The files that a command is to write, looked at before the work rather than after it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace spikegrad::cli {

/// A file and the option that names it; an empty name: none.
struct OutputFile {
  std::string option;
  std::filesystem::path file;
};

/// Throws UserError where two options name one file, or a file is one of those that the command reads or belongs to a
/// run, which would be lost.
void check_apart(const std::vector<OutputFile>& written, const std::vector<std::filesystem::path>& read = {});

/// check_apart(), and throws UserError where a file, device or pipe cannot be written. A folder that is missing is not
/// made: its name may be a typo.
void check_outputs(const std::vector<OutputFile>& written,
                   const std::vector<std::filesystem::path>& read = {});

}  // namespace spikegrad::cli
