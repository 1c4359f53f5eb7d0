// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/random.hpp"

namespace spikegrad {
namespace {

/// What `population` of the draw says they are for.
enum class Shuffled : std::uint32_t { samples, speakers };

/// `things` in a random order; each has a number of its own, so the order of the others does not depend on
/// it.
std::vector<std::uint32_t> shuffled(std::vector<std::uint32_t> things, Shuffled purpose, std::uint64_t seed) {
  DrawKey key{.seed = seed, .stream = Stream::split, .population = static_cast<std::uint32_t>(purpose)};
  const auto number = [&](std::uint32_t thing) {
    key.sample = thing;
    const Block words = key.block(0, 0);
    return std::uint64_t{words[0]} << 32 | words[1];
  };
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  order.reserve(things.size());
  for (const std::uint32_t thing : things) order.emplace_back(number(thing), thing);
  std::sort(order.begin(), order.end());
  std::transform(order.begin(), order.end(), things.begin(), [](const auto& o) { return o.second; });
  return things;
}

void check_fraction(const SpikeData& data, double fraction) {
  check_spike_data(data);
  if (!(fraction > 0.0 && fraction < 1.0))
    throw UserError(
        fmt::format("{}: validation fraction {}, must lie between 0 and 1", data.source, fraction));
}

/// The samples whose flag is set validate.
Split divided(const SpikeData& data, const std::vector<bool>& validates) {
  Split split;
  for (std::uint32_t i = 0; i < data.size(); ++i)
    (validates[i] ? split.validation : split.training).push_back(i);
  if (split.training.empty() || split.validation.empty())
    throw UserError(fmt::format(
        "{}: a split of {} samples leaves none for {}; give another fraction ([training] validation) or other speakers",
        data.source, data.size(), split.training.empty() ? "training" : "validation"));
  return split;
}

/// Marks round(fraction · |members|) of the members.
void mark(const std::vector<std::uint32_t>& members, double fraction, std::uint64_t seed,
          std::vector<bool>& validates) {
  const std::vector<std::uint32_t> order = shuffled(members, Shuffled::samples, seed);
  const auto count = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(order.size())));
  for (std::size_t i = 0; i < count; ++i) validates[order[i]] = true;
}

/// speaker -> number of samples
std::map<std::uint16_t, std::size_t> count_speakers(const SpikeData& data) {
  if (data.speakers.size() != data.size() || data.speakers.empty())
    throw UserError(data.source + ": has no speakers (extra/speaker); split at random or by class instead");
  std::map<std::uint16_t, std::size_t> counts;
  for (const std::uint16_t speaker : data.speakers) ++counts[speaker];
  return counts;
}

}  // namespace

Split split_random(const SpikeData& data, double fraction, std::uint64_t seed) {
  check_fraction(data, fraction);
  std::vector<std::uint32_t> all(data.size());
  std::iota(all.begin(), all.end(), 0u);
  std::vector<bool> validates(data.size());
  mark(all, fraction, seed, validates);
  return divided(data, validates);
}

Split split_stratified(const SpikeData& data, double fraction, std::uint64_t seed) {
  check_fraction(data, fraction);
  std::vector<std::vector<std::uint32_t>> members(data.classes());
  for (std::uint32_t i = 0; i < data.size(); ++i) members[data.labels[i]].push_back(i);
  std::vector<bool> validates(data.size());
  for (const auto& of_class : members) mark(of_class, fraction, seed, validates);
  return divided(data, validates);
}

Split split_by_speaker(const SpikeData& data, std::span<const std::uint16_t> validation_speakers) {
  check_spike_data(data);
  const auto counts = count_speakers(data);
  for (const std::uint16_t speaker : validation_speakers)
    if (!counts.contains(speaker)) {
      std::string known;
      for (const auto& [name, count] : counts) known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
      throw UserError(
          fmt::format("{}: has no sample of speaker {}; its speakers are {}", data.source, speaker, known));
    }
  std::vector<bool> validates(data.size());
  for (std::size_t i = 0; i < data.size(); ++i)
    validates[i] = std::find(validation_speakers.begin(), validation_speakers.end(), data.speakers[i]) !=
                   validation_speakers.end();
  return divided(data, validates);
}

Split split_by_speaker(const SpikeData& data, double fraction, std::uint64_t seed) {
  check_fraction(data, fraction);
  const auto counts = count_speakers(data);
  if (counts.size() < 2)
    throw UserError(data.source +
                    ": has one speaker only, none can be left out; split at random or by class instead");
  std::vector<std::uint32_t> speakers;
  for (const auto& [speaker, count] : counts) speakers.push_back(speaker);
  std::vector<std::uint16_t> chosen;
  std::size_t samples = 0;
  for (const std::uint32_t speaker : shuffled(std::move(speakers), Shuffled::speakers, seed)) {
    if (chosen.size() + 1 == counts.size()) break;
    if (static_cast<double>(samples) >= fraction * static_cast<double>(data.size())) break;
    chosen.push_back(static_cast<std::uint16_t>(speaker));
    samples += counts.at(chosen.back());
  }
  return split_by_speaker(data, chosen);
}

SpikeData subset(const SpikeData& data, std::span<const std::uint32_t> samples) {
  SpikeData part{.source = data.source,
                 .time = data.time,
                 .channels = data.channels,
                 .class_names = data.class_names,
                 .begin = {0},
                 .counts = data.counts,
                 .validation_samples = 0};
  check_spike_data(data);
  for (const std::uint32_t i : samples) {
    if (i >= data.size())
      throw UserError(
          fmt::format("{}: has samples 0 to {}, and {} is asked for", data.source, data.size() - 1, i));
    part.labels.push_back(data.labels[i]);
    if (!data.speakers.empty()) part.speakers.push_back(data.speakers[i]);
    for (std::size_t t = 0; t < data.time.steps; ++t) {
      const auto spikes = data.spikes(i, t);
      part.units.insert(part.units.end(), spikes.begin(), spikes.end());
      part.begin.push_back(static_cast<std::uint32_t>(part.units.size()));
    }
  }
  return part;
}

}  // namespace spikegrad
