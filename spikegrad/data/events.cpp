// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/events.hpp"

#include <algorithm>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/hdf5.hpp"
#include "spikegrad/data/binning.hpp"

namespace spikegrad {
namespace {

std::size_t count_of(const EventView& events) {
  return std::visit([](const auto& times) { return times.size(); }, events.times);
}

void check(const EventView& events, const std::string& source) {
  if (events.size() == 0) throw UserError(source + ": has no samples");
  if (events.begin.size() != events.size() + 1 || events.begin.front() != 0 ||
      events.begin.back() != count_of(events) || count_of(events) != events.units.size() ||
      !std::is_sorted(events.begin.begin(), events.begin.end()))
    throw UserError(
        source +
        ": sizes of the events do not go together: must be as many times as units, and the places "
        "where samples begin must rise from 0 to their number");
  if (events.channels < 1 || events.channels > 65536)
    throw UserError(source + ": must have 1 to 65536 channels, not " + std::to_string(events.channels));
  for (const std::uint16_t label : events.labels)
    if (label >= events.class_names.size())
      throw UserError(source + ": label " + std::to_string(label) +
                      ": must be below the number of classes, " + std::to_string(events.class_names.size()));
  if (!events.speakers.empty() && events.speakers.size() != events.size())
    throw UserError(source + ": has " + std::to_string(events.speakers.size()) +
                    " speakers: must be as many as samples, " + std::to_string(events.size()));
}

template <class T>
std::vector<std::span<const T>> rows(std::span<const T> values, std::span<const std::size_t> begin) {
  std::vector<std::span<const T>> rows;
  rows.reserve(begin.size() - 1);
  for (std::size_t i = 0; i + 1 < begin.size(); ++i)
    rows.push_back(values.subspan(begin[i], begin[i + 1] - begin[i]));
  return rows;
}

}  // namespace

SpikeData bin_events(const EventView& events, BinningSettings settings, std::string source) {
  check(events, source);
  settings.channels = events.channels;
  Binning binning(source, settings);
  std::vector<double> times;
  std::vector<std::int64_t> units;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::size_t first = events.begin[i], count = events.begin[i + 1] - first;
    std::visit(
        [&](const auto& all) {
          const auto own = all.subspan(first, count);
          times.assign(own.begin(), own.end());
        },
        events.times);
    const auto own = events.units.subspan(first, count);
    units.assign(own.begin(), own.end());
    binning.add(times, units);
  }
  SpikeData data{.source = std::move(source),
                 .time = {.dt = settings.dt, .steps = settings.steps},
                 .channels = binning.channels(),
                 .class_names = {events.class_names.begin(), events.class_names.end()},
                 .labels = {events.labels.begin(), events.labels.end()},
                 .speakers = {events.speakers.begin(), events.speakers.end()}};
  data.units = binning.take_units();
  data.begin = std::move(binning.begin());
  data.counts = binning.counts();
  return data;
}

void write_events(const EventView& events, const std::filesystem::path& file) {
  check(events, file.string());
  hdf5::File out = hdf5::File::create(file);
  std::visit(
      [&]<class T>(std::span<const T> times) {
        out.write_ragged<T>("spikes/times", rows(times, events.begin));
      },
      events.times);
  out.write_ragged<std::uint16_t>("spikes/units", rows(events.units, events.begin));
  out.write<std::uint16_t>("labels", events.labels);
  out.write_strings("extra/keys", events.class_names);
  if (!events.speakers.empty()) out.write<std::uint16_t>("extra/speaker", events.speakers);
  const auto channels = static_cast<std::uint32_t>(events.channels);
  out.write<std::uint32_t>("extra/channels", std::span(&channels, 1), {});
  out.commit();
}

}  // namespace spikegrad
