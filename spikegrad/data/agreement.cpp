// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

/// 0, 1, 2, …: what a file without names has.
bool numbered(std::span<const std::string> names) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] != std::to_string(i)) return false;
  return true;
}

/// Part of the run of steps within which all spikes lie, below which that is suspicious.
constexpr double small_part = 0.02;

const char* unit_guess(double ratio) {
  return ratio > 3e4 ? " (are they microseconds?)" : ratio > 30.0 ? " (are they milliseconds?)" : "";
}

}  // namespace

std::string match_classes(SpikeData& data, std::span<const std::string> names, const std::string& whose) {
  if (std::equal(names.begin(), names.end(), data.class_names.begin(), data.class_names.end())) return {};
  const bool by_place = numbered(names) || numbered(data.class_names);
  std::vector<std::size_t> place(data.classes());
  for (std::size_t c = 0; c < place.size(); ++c)
    place[c] = by_place ? c
                        : static_cast<std::size_t>(
                              std::find(names.begin(), names.end(), data.class_names[c]) - names.begin());
  for (std::uint16_t& label : data.labels) {
    if (place[label] >= names.size())
      throw UserError(fmt::format("{}: class '{}' is not among those of {}: {}", data.source,
                                  data.class_names[label], whose, fmt::join(names, ", ")));
    label = static_cast<std::uint16_t>(place[label]);
  }
  const bool same_names = numbered(names) && numbered(data.class_names);
  data.class_names.assign(names.begin(), names.end());
  if (same_names) return {};
  return fmt::format("{}: its classes were matched by {} to those of {}", data.source,
                     by_place ? "their place, since one of the two has no names," : "name", whose);
}

void check_channels(const SpikeData& data, std::size_t channels, const std::string& whose) {
  if (data.channels != channels)
    throw UserError(fmt::format("{}: has {} channels, and {} has {}: must be as many", data.source,
                                data.channels, whose, channels));
}

SpikeData with_validation(SpikeData training, SpikeData validation, std::string& note) {
  check_channels(validation, training.channels, training.source);
  if (training.time.dt != validation.time.dt || training.time.steps != validation.time.steps)
    throw UserError(validation.source + ": is binned to other steps than " + training.source);
  note = match_classes(validation, training.class_names, training.source);
  if (training.units.size() + validation.units.size() > std::numeric_limits<std::uint32_t>::max())
    throw UserError(validation.source + ": more than 2^32 spikes with those of " + training.source);
  const auto offset = static_cast<std::uint32_t>(training.units.size());
  training.labels.insert(training.labels.end(), validation.labels.begin(), validation.labels.end());
  if (training.speakers.empty() || validation.speakers.empty())
    training.speakers.clear();
  else
    training.speakers.insert(training.speakers.end(), validation.speakers.begin(), validation.speakers.end());
  for (auto b = validation.begin.begin() + 1; b != validation.begin.end(); ++b)
    training.begin.push_back(*b + offset);
  training.units.insert(training.units.end(), validation.units.begin(), validation.units.end());
  training.counts.in_file += validation.counts.in_file;
  training.counts.kept += validation.counts.kept;
  training.counts.cropped += validation.counts.cropped;
  training.counts.merged += validation.counts.merged;
  training.counts.last = std::max(training.counts.last, validation.counts.last);
  training.validation_samples = validation.size();
  return training;
}

std::string describe_counts(const SpikeData& data) {
  const BinningCounts& n = data.counts;
  return fmt::format(
      "{} spikes in the file: {} kept, {} cropped (after the last step), {} merged (a channel's second in a "
      "step)",
      n.in_file, n.kept, n.cropped, n.merged);
}

std::vector<std::string> suspicions(const SpikeData& data) {
  const BinningCounts& n = data.counts;
  const double end = data.time.dt * static_cast<double>(data.time.steps);
  std::vector<std::string> found;
  if (2 * n.cropped > n.in_file)
    found.push_back(fmt::format(
        "{}: {} of {} spikes lie after the last step, which ends at {:.4g} s: times run to {:.4g}, and must "
        "be seconds{}",
        data.source, n.cropped, n.in_file, end, n.last, unit_guess(n.last / end)));
  else if (n.in_file > 0 && n.last < small_part * end)
    found.push_back(
        fmt::format("{}: all spikes lie in the first {:.4g} s of {:.4g}: time.dt or time.steps is too large",
                    data.source, n.last, end));
  return found;
}

}  // namespace spikegrad
