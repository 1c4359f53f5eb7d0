// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/cli/command.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include "spikegrad/cli/mpi.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"

namespace spikegrad::cli {
namespace {

/// The text as a number of type T, all of it; else nothing. A minus sign is no part of an unsigned one.
template <class T>
std::optional<T> number(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Check finite_number(bool zero, const char* wanted) {
  return [=](const std::string& text) -> std::string {
    const auto value = number<double>(text);
    const bool good = value && std::isfinite(*value) && (*value > 0.0 || (zero && *value == 0.0));
    return good ? "" : fmt::format("{} must be {}", text, wanted);
  };
}

}  // namespace

Check whole_number(std::uint64_t least, std::uint64_t most) {
  return [=](const std::string& text) -> std::string {
    const auto value = number<std::uint64_t>(text);
    return value && *value >= least && *value <= most
               ? ""
               : fmt::format("{} must be a whole number from {} to {}", text, least, most);
  };
}

Check number_from(double least, double most) {
  return [=](const std::string& text) -> std::string {
    const auto value = number<double>(text);
    return value && *value >= least && *value <= most
               ? ""
               : fmt::format("{} must be a number from {:g} to {:g}", text, least, most);
  };
}

Check non_negative_number() {
  return finite_number(true, "a number of 0 or more");
}
Check positive_number() {
  return finite_number(false, "a number above 0");
}

void Common::add_to(App& command) {
  line = command.line();
  command.add_option("--seed", seed, "Seed of all random numbers")
      ->check(whole_number(0, std::numeric_limits<std::int64_t>::max()));
  command.add_option("--threads", threads, "Threads to use (0: all); results do not depend on it")
      ->check(whole_number(0, std::numeric_limits<unsigned>::max()))
      ->capture_default_str();
  command.add_flag("--quiet", quiet, "No progress");
}

void ModelOptions::add_to(App& command, bool required) {
  command
      .add_option(
          "MODEL.toml", path,
          "Model file (docs/model-files.md), or the name of one that comes with the program (spikegrad list "
          "experiments)")
      ->required(required);
  command
      .add_option("--set", overrides,
                  "Change a value of the file, e.g. --set time.steps=4 population.h.escape.beta=2")
      ->type_name("KEY=VALUE");
}

Model ModelOptions::load(const Common& common) const {
  std::vector<std::string> all = overrides;
  const auto gives_seed = [](const std::string& text) { return text.starts_with("seed="); };
  if (common.seed && std::ranges::any_of(all, gives_seed))
    throw UserError("--seed and --set seed= both give the seed: leave one out");
  if (common.seed) all.push_back(fmt::format("seed={}", *common.seed));
  return load_model(path, all);
}

unsigned threads_used(const Common& common) {
  return common.threads > 0 ? common.threads : own_processors();
}

EngineSettings Common::engine(EngineKind kind) const {
  return {kind, ranks() ? threads_used(*this) : threads, ranks()};
}

void first_writes(std::string& file) {
  if (!is_first(ranks())) file.clear();
}

Provenance Common::provenance(std::uint64_t default_seed) const {
  Provenance made = spikegrad::provenance();
  made.command = *line;
  made.seed = seed.value_or(default_seed);
  made.threads = threads_used(*this);
  return made;
}

Provenance ModelOptions::provenance_of(const Model& model, const Common& common) const {
  Provenance made = common.provenance(model.seed);
  made.model = path;
  made.set = overrides;
  return made;
}

void JsonOption::add_to(App& command, const std::string& what) {
  command.add_option("--json", path, what + " as JSON to FILE, or to standard output for -")
      ->type_name("FILE");
}

double number_above_zero(const std::string& option, const std::string& text) {
  if (const std::string why = positive_number()(text); !why.empty()) throw UserError(option + ": " + why);
  return *number<double>(text);
}

std::vector<std::size_t> epochs_of(const std::string& option, const std::string& text, std::size_t least) {
  std::vector<std::size_t> epochs;
  std::string_view rest = text;
  for (bool more = true; more;) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const auto epoch = number<std::uint32_t>(std::string(rest.substr(0, end)));
    if (!epoch || *epoch < least || *epoch > 999'999)
      throw UserError(fmt::format("{} {}: must be epochs from {} on, separated by commas, as in 1,2,5,10",
                                  option, text, least));
    epochs.push_back(*epoch);
    more = end < rest.size();
    if (more) rest.remove_prefix(end + 1);
  }
  std::sort(epochs.begin(), epochs.end());
  epochs.erase(std::unique(epochs.begin(), epochs.end()), epochs.end());
  return epochs;
}

void warn(const std::string& text) {
  fmt::print(stderr, "spikegrad: warning: {}\n", text);
}

void JsonOption::write(const std::string& json) const {
  if (path.empty() || !is_first(ranks())) return;
  if (to_stdout())
    fmt::print("{}\n", json);
  else
    write_file(path, json + "\n");
}

}  // namespace spikegrad::cli
