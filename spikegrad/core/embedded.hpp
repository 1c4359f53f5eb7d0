// SPDX-License-Identifier: Apache-2.0
// Files that the build put inside the library (cmake/EmbeddedFiles.cmake lists them):
// "experiments/NAME.toml", "report/NAME" and "plotly.min.js". The views stay valid for the whole run.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace spikegrad {

struct EmbeddedFile {
  std::string_view name;
  std::string_view content;
};

/// All of them. Defined in a source that the build writes.
std::span<const EmbeddedFile> embedded_files();

/// The content of the file of that name; throws UserError, naming it, if there is none.
std::string_view embedded_file(std::string_view name);

/// The names that begin with `prefix`, sorted.
std::vector<std::string_view> embedded_names(std::string_view prefix);

}  // namespace spikegrad
