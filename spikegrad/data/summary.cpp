// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/summary.hpp"

#include <algorithm>

#include "spikegrad/data/shd_file.hpp"

namespace spikegrad {

DataSummary summarise_spike_data(const std::filesystem::path& file, Isolation isolation) {
  // One step that holds all of time.
  constexpr double for_ever = 1e300;
  const SpikeData data = read_spike_data(file, {.dt = for_ever, .steps = 1, .binary = false}, isolation);
  DataSummary s;
  s.source = data.source;
  s.official = official_set(data.size(), data.classes(), data.channels);
  s.samples = data.size();
  s.channels = data.channels;
  for (const std::string& name : data.class_names) s.classes.emplace_back(name, 0);
  for (const std::uint16_t label : data.labels) ++s.classes[label].second;
  for (const std::uint16_t speaker : data.speakers) ++s.speakers[speaker];
  std::vector<bool> spiked(data.channels);
  s.fewest = data.spikes(0).size();
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto spikes = data.spikes(i);
    for (const std::uint16_t unit : spikes) spiked[unit] = true;
    s.fewest = std::min(s.fewest, spikes.size());
    s.most = std::max(s.most, spikes.size());
    s.silent_samples += spikes.empty();
  }
  s.silent_channels = static_cast<std::size_t>(std::count(spiked.begin(), spiked.end(), false));
  s.spikes = data.counts.in_file;
  s.mean = static_cast<double>(s.spikes) / static_cast<double>(s.samples);
  s.duration = data.counts.last;
  if (s.duration > 0.0) s.rate = s.mean / s.duration / static_cast<double>(s.channels);
  return s;
}

}  // namespace spikegrad
