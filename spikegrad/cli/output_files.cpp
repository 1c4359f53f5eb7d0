// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/cli/output_files.hpp"

#include <fmt/core.h>

#include <system_error>

#include "spikegrad/cli/mpi.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/train/run_directory.hpp"
#include "spikegrad/train/series.hpp"

namespace spikegrad::cli {
namespace {
namespace fs = std::filesystem;

/// By two paths; of files that are not there yet, by their names.
bool same_file(const fs::path& one, const fs::path& other) {
  std::error_code error;
  if (fs::exists(one, error) && fs::exists(other, error)) return fs::equivalent(one, other, error);
  return fs::absolute(one).lexically_normal() == fs::absolute(other).lexically_normal();
}

void check_writable_file(const fs::path& file) {
  if (takes_what_comes(file)) return;
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw UserError(file.string() + ": cannot be written: there is no folder " + folder.string());
  begin_beside(file);  // refuses what is no file
  check_writable(folder);
}

}  // namespace

void check_apart(const std::vector<OutputFile>& written, const std::vector<fs::path>& read) {
  for (std::size_t k = 0; k < written.size(); ++k) {
    const fs::path& file = written[k].file;
    if (file.empty() || takes_what_comes(file)) continue;
    const auto refuse = [&](const std::string& why) {
      throw UserError(fmt::format("{} {}: {}; give another name", written[k].option, file.string(), why));
    };
    if (file == "-") refuse("only --json goes to standard output by this name");
    if (RunDirectory::is_part(file) || (file.filename() == "series.json" && is_series(file.parent_path())))
      refuse("belongs to a run, which would lose it");
    for (const fs::path& input : read)
      if (!input.empty() && same_file(file, input)) refuse("is read by this command, and would be lost");
    for (std::size_t other = 0; other < k; ++other)
      if (!written[other].file.empty() && same_file(file, written[other].file))
        refuse("is the file of " + written[other].option + " too");
  }
}

void check_outputs(const std::vector<OutputFile>& written, const std::vector<fs::path>& read) {
  if (!is_first(ranks())) return;
  check_apart(written, read);
  for (const OutputFile& output : written)
    if (!output.file.empty()) check_writable_file(output.file);
}

}  // namespace spikegrad::cli
