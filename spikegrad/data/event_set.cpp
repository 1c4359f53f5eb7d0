// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/event_set.hpp"

#include <algorithm>
#include <span>
#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/hdf5.hpp"
#include "spikegrad/data/binning.hpp"

namespace spikegrad {
namespace {

template <class T>
std::vector<std::span<const T>> rows(const std::vector<T>& values, const std::vector<std::size_t>& begin) {
  std::vector<std::span<const T>> rows;
  rows.reserve(begin.size() - 1);
  for (std::size_t i = 0; i + 1 < begin.size(); ++i)
    rows.emplace_back(values.data() + begin[i], values.data() + begin[i + 1]);
  return rows;
}

}  // namespace

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

void check(const EventSet& events, const std::string& source) {
  if (events.begin.size() != events.size() + 1 || events.begin.front() != 0 ||
      events.begin.back() != events.times.size() || events.times.size() != events.units.size() ||
      !std::is_sorted(events.begin.begin(), events.begin.end()))
    throw UserError(source + ": sizes of an event set do not go together: end_sample() keeps them");
  if (events.channels < 1 || events.channels > 65536)
    throw UserError(source + ": must have 1 to 65536 channels, not " + std::to_string(events.channels));
  for (const std::uint16_t label : events.labels)
    if (label >= events.class_names.size())
      throw UserError(source + ": label " + std::to_string(label) +
                      ": must be below the number of classes, " + std::to_string(events.class_names.size()));
}

}  // namespace

SpikeData bin_events(const EventSet& events, BinningSettings settings, std::string source) {
  check(events, source);
  settings.channels = events.channels;
  Binning binning(source, settings);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto first = static_cast<std::ptrdiff_t>(events.begin[i]),
               last = static_cast<std::ptrdiff_t>(events.begin[i + 1]);
    const std::vector<double> times(events.times.begin() + first, events.times.begin() + last);
    const std::vector<std::int64_t> units(events.units.begin() + first, events.units.begin() + last);
    binning.add(times, units);
  }
  SpikeData data{.source = std::move(source),
                 .time = {.dt = settings.dt, .steps = settings.steps},
                 .channels = binning.channels(),
                 .class_names = events.class_names,
                 .labels = events.labels};
  data.units = binning.take_units();
  data.begin = std::move(binning.begin());
  data.counts = binning.counts();
  return data;
}

void write_event_set(const EventSet& events, const std::filesystem::path& file) {
  check(events, file.string());
  hdf5::File out = hdf5::File::create(file);
  out.write_ragged<float>("spikes/times", rows(events.times, events.begin));
  out.write_ragged<std::uint16_t>("spikes/units", rows(events.units, events.begin));
  out.write<std::uint16_t>("labels", events.labels);
  out.write_strings("extra/keys", events.class_names);
  const auto channels = static_cast<std::uint32_t>(events.channels);
  out.write<std::uint32_t>("extra/channels", std::span(&channels, 1), {});
  out.commit();
}

}  // namespace spikegrad
