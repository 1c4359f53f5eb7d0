// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/embedded.hpp"

#include <algorithm>
#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad {

std::string_view embedded_file(std::string_view name) {
  const auto files = embedded_files();
  const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
  if (found != files.end()) return found->content;
  throw UserError("this build carries no file named '" + std::string(name) +
                  "'; `./run setup` and `./run build` make a complete one");
}

std::vector<std::string_view> embedded_names(std::string_view prefix) {
  std::vector<std::string_view> names;
  for (const auto& file : embedded_files()) {
    if (file.name.starts_with(prefix)) names.push_back(file.name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace spikegrad
