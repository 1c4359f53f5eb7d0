// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/event_set.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "spikegrad/core/error.hpp"
#include "spikegrad/data/events.hpp"

namespace spikegrad {
void EventSet::end_sample(std::uint16_t label) {
  if (times.size() != units.size() || begin.empty() || times.size() < begin.back())
    throw UserError("an event set must have as many times as units, and keep those of its samples");
  std::vector<std::pair<float, std::uint16_t>> sorted;
  sorted.reserve(times.size() - begin.back());
  for (std::size_t k = begin.back(); k < times.size(); ++k) sorted.emplace_back(times[k], units[k]);
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    times[begin.back() + k] = sorted[k].first;
    units[begin.back() + k] = sorted[k].second;
  }
  labels.push_back(label);
  begin.push_back(times.size());
}

namespace {

EventView view_of(const EventSet& events) {
  return {.channels = events.channels,
          .class_names = events.class_names,
          .labels = events.labels,
          .speakers = events.speakers,
          .begin = events.begin,
          .times = std::span<const float>(events.times),
          .units = events.units};
}

}  // namespace

SpikeData bin_events(const EventSet& events, BinningSettings settings, std::string source) {
  return bin_events(view_of(events), settings, std::move(source));
}

void write_event_set(const EventSet& events, const std::filesystem::path& file) {
  write_events(view_of(events), file);
}

}  // namespace spikegrad
