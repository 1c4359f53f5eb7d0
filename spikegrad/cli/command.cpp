// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/cli/command.hpp"

#include <fmt/core.h>

#include "spikegrad/core/file.hpp"

namespace spikegrad::cli {

void Common::add_to(CLI::App& command) {
  command.add_option("--seed", seed, "Seed of all random numbers");
  command.add_option("--threads", threads, "Threads to use (0: all); results do not depend on it")
      ->capture_default_str();
  command.add_flag("--quiet", quiet, "No progress");
}

void ModelOptions::add_to(CLI::App& command, bool required) {
  command.add_option("MODEL.toml", path, "Model file (docs/model-files.md)")->required(required);
  command
      .add_option("--set", overrides,
                  "Change a value of the file, e.g. --set time.steps=4 population.h.escape.beta=2")
      ->type_name("KEY=VALUE");
}

Model ModelOptions::load(const Common& common) const {
  std::vector<std::string> all = overrides;
  if (common.seed) all.push_back(fmt::format("seed={}", *common.seed));
  return load_model(path, all);
}

void JsonOption::add_to(CLI::App& command, const std::string& what) {
  command.add_option("--json", path, what + " as JSON to FILE, or to standard output for -")
      ->type_name("FILE");
}

void check_writable(const std::filesystem::path& directory) {
  const std::filesystem::path probe = directory / ".writable";
  write_file(probe, "");
  std::filesystem::remove(probe);
}

void JsonOption::check_writable() const {
  if (path.empty() || to_stdout()) return;
  const auto parent = std::filesystem::path(path).parent_path();
  cli::check_writable(parent.empty() ? "." : parent);
}

void JsonOption::write(const nlohmann::json& json) const {
  if (path.empty()) return;
  const std::string text = json.dump(2) + "\n";
  if (to_stdout())
    fmt::print("{}", text);
  else
    write_file(path, text);
}

}  // namespace spikegrad::cli
