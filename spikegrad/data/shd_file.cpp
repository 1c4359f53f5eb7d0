// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/shd_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/core/isolated.hpp"
#include "spikegrad/data/binning.hpp"
#include "spikegrad/data/events.hpp"
#include "spikegrad/data/shd_open_file.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t shd_channels = 700;

struct OfficialSet {
  std::string_view name;
  std::size_t samples, classes;
};
// [C], table I.
constexpr std::array official_sets{
    OfficialSet{"SHD training set", 8156, 20}, OfficialSet{"SHD test set", 2264, 20},
    OfficialSet{"SSC training set", 75466, 35}, OfficialSet{"SSC validation set", 9981, 35},
    OfficialSet{"SSC test set", 20382, 35}};

/// Everything but the spikes, which stay in the blocks of `binning`.
struct Contents {
  SpikeData data;
  Binning binning;
};

std::vector<std::uint16_t> read_numbers(const hdf5::File& file, const char* name, std::size_t samples) {
  const std::vector<std::size_t> shape = file.shape(name);
  if (shape.size() != 1)
    throw UserError(fmt::format("{}: {}: has shape [{}], must have one dimension: [{}]", file.source(), name,
                                fmt::join(shape, ", "), samples));
  if (shape[0] != samples)
    throw UserError(fmt::format("{}: {}: has {} entries, spikes/times has {}; they must be as many",
                                file.source(), name, shape[0], samples));
  return file.read<std::uint16_t>(name);
}

/// data: SpikeData or EventArrays
template <class Data>
void read_labels(const hdf5::File& file, std::size_t samples, Data& data) {
  data.labels = read_numbers(file, "labels", samples);
  const auto largest = std::max_element(data.labels.begin(), data.labels.end());
  if (!file.contains("extra/keys")) {
    for (int label = 0; label <= *largest; ++label) data.class_names.push_back(std::to_string(label));
    return;
  }
  data.class_names = file.read_strings("extra/keys");
  if (*largest >= data.class_names.size())
    throw UserError(fmt::format("{}: labels[{}] is {}, must lie below the {} names of extra/keys",
                                file.source(), largest - data.labels.begin(), *largest,
                                data.class_names.size()));
}

std::size_t read_channels(const hdf5::File& file, const BinningSettings& settings) {
  if (settings.channels > 0) return settings.channels;
  if (!file.contains("extra/channels")) return shd_channels;
  const auto channels = file.read<std::uint32_t>("extra/channels");
  if (channels.size() != 1 || channels[0] < 1 || channels[0] > 65536)
    throw UserError(file.source() + ": extra/channels: must be one number from 1 to 65536");
  return channels[0];
}

/// Throws where a part is missing, or there is no sample.
std::size_t count_samples(const hdf5::File& file) {
  for (const char* name : {"spikes/times", "spikes/units", "labels"})
    if (!file.contains(name))
      throw UserError(
          fmt::format("{}: {}: is missing; a file of spike data holds spikes/times, spikes/units and labels",
                      file.source(), name));
  const std::vector<std::size_t> shape = file.shape("spikes/times");
  if (shape.size() != 1)
    throw UserError(fmt::format("{}: spikes/times: has shape [{}], must have one dimension: [samples]",
                                file.source(), fmt::join(shape, ", ")));
  const std::size_t samples = shape[0];
  if (samples == 0)
    throw UserError(file.source() + ": spikes/times: holds no sample, must hold at least one");
  return samples;
}

Contents read_contents(const hdf5::File& file, BinningSettings settings) {
  const std::size_t samples = count_samples(file);
  settings.channels = read_channels(file, settings);
  Contents contents{{}, Binning(file.source(), settings)};
  SpikeData& data = contents.data;
  data.source = file.source();
  data.time = {.dt = settings.dt, .steps = settings.steps};
  data.channels = contents.binning.channels();
  read_labels(file, samples, data);
  if (file.contains("extra/speaker")) data.speakers = read_numbers(file, "extra/speaker", samples);
  contents.binning.begin().reserve(samples * settings.steps + 1);
  file.read_ragged("spikes/times", "spikes/units",
                   [&](std::size_t, std::span<const double> times, std::span<const std::int64_t> units) {
                     contents.binning.add(times, units);
                   });
  data.begin = std::move(contents.binning.begin());
  data.counts = contents.binning.counts();
  return contents;
}

template <class T>
void put_vector(Pipe& pipe, const std::vector<T>& values) {
  pipe.put(values.size());
  pipe.put_all(std::span<const T>(values));
}

template <class T>
std::vector<T> take_vector(Pipe& pipe) {
  std::vector<T> values(pipe.take<std::size_t>());
  pipe.take_all(std::span<T>(values));
  return values;
}

void send(Pipe& pipe, const Contents& contents, std::span<const std::vector<std::uint16_t>> blocks) {
  const SpikeData& data = contents.data;
  pipe.put_text(data.source);
  pipe.put(data.time);
  pipe.put(data.channels);
  pipe.put(data.class_names.size());
  for (const std::string& name : data.class_names) pipe.put_text(name);
  put_vector(pipe, data.labels);
  put_vector(pipe, data.speakers);
  put_vector(pipe, data.begin);
  pipe.put(data.counts);
  for (const auto& block : blocks) pipe.put_all(std::span<const std::uint16_t>(block));
}

SpikeData take(Pipe& pipe) {
  SpikeData data;
  data.source = pipe.take_text();
  data.time = pipe.take<TimeGrid>();
  data.channels = pipe.take<std::size_t>();
  data.class_names.resize(pipe.take<std::size_t>());
  for (std::string& name : data.class_names) name = pipe.take_text();
  data.labels = take_vector<std::uint16_t>(pipe);
  data.speakers = take_vector<std::uint16_t>(pipe);
  data.begin = take_vector<std::uint32_t>(pipe);
  data.counts = pipe.take<BinningCounts>();
  data.units.resize(data.counts.kept);
  pipe.take_all(std::span<std::uint16_t>(data.units));
  return data;
}

SpikeData read_in_child(const std::filesystem::path& file, const BinningSettings& settings) {
  // A set as large as SHD's (130 MB) takes seconds; what takes this long goes in circles.
  std::error_code ignored;
  const auto size = std::filesystem::file_size(file, ignored);
  const double seconds = 10.0 + (ignored ? 0.0 : static_cast<double>(size) / 1e6);
  SpikeData data;
  run_isolated(
      [&]() -> Send {
        const hdf5::File opened = hdf5::File::open(file);
        auto contents = std::make_shared<Contents>(read_contents(opened, settings));
        return [contents](Pipe& pipe) { send(pipe, *contents, contents->binning.blocks()); };
      },
      [&](Pipe& pipe) { data = take(pipe); }, seconds,
      file.string() + ": is damaged: the HDF5 library fails to read it; make or fetch it anew");
  return data;
}

}  // namespace

EventArrays read_events(const std::filesystem::path& path) {
  const hdf5::File file = hdf5::File::open(path);
  const std::size_t samples = count_samples(file);
  EventArrays events;
  events.channels = read_channels(file, {});
  read_labels(file, samples, events);
  if (file.contains("extra/speaker")) events.speakers = read_numbers(file, "extra/speaker", samples);
  // Binning knows what a time and a unit must be.
  Binning checked(file.source(), {.steps = 1, .channels = events.channels});
  file.read_ragged("spikes/times", "spikes/units",
                   [&](std::size_t, std::span<const double> times, std::span<const std::int64_t> units) {
                     checked.add(times, units);
                     events.times.insert(events.times.end(), times.begin(), times.end());
                     events.units.insert(events.units.end(), units.begin(), units.end());
                     events.begin.push_back(events.times.size());
                   });
  return events;
}

std::string_view official_set(std::size_t samples, std::size_t classes, std::size_t channels) {
  for (const OfficialSet& set : official_sets)
    if (set.samples == samples && set.classes == classes && channels == shd_channels) return set.name;
  return {};
}

SpikeData read_spike_data(const hdf5::File& file, const BinningSettings& settings) {
  check_binning(settings);
  Contents contents = read_contents(file, settings);
  SpikeData data = std::move(contents.data);
  data.units = contents.binning.take_units();
  return data;
}

SpikeData read_spike_data(const std::filesystem::path& file, const BinningSettings& settings,
                          Isolation isolation) {
  check_binning(settings);
  if (isolation == Isolation::none) return read_spike_data(hdf5::File::open(file), settings);
  check_readable(file);
  return read_in_child(file, settings);
}

}  // namespace spikegrad
