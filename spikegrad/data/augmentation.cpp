// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/augmentation.hpp"

#include <algorithm>
#include <cmath>

#include "spikegrad/core/random.hpp"

namespace spikegrad {
namespace {

/// In ±extent.
double within(double extent, std::uint32_t bits) {
  return extent * (2.0 * uniform(bits) - 1.0);
}

struct Spike {
  std::uint32_t step;
  std::uint16_t unit;
};

}  // namespace

void augment(const SpikeData& data, std::size_t i, const AugmentationSettings& settings, bool binary,
             std::uint64_t seed, std::uint32_t trial, AugmentedSample& out) {
  const std::size_t steps = data.time.steps;
  DrawKey key{
      .seed = seed, .stream = Stream::augmentation, .trial = trial, .sample = static_cast<std::uint32_t>(i)};
  const Block whole = key.block(0, 0);  // of the sample; spikes have steps from 1 on
  const double channel_factor = std::exp(within(settings.channel_stretch, whole[0]));
  const double shift = within(settings.channel_shift, whole[1]);
  const double time_factor = std::exp(within(settings.time_stretch, whole[2]));
  const double middle = 0.5 * static_cast<double>(data.channels - 1);
  const double jitter = settings.time_jitter / data.time.dt;
  const bool draws = jitter > 0.0 || settings.drop > 0.0;

  std::vector<Spike> spikes;
  spikes.reserve(data.spikes(i).size());
  out.begin.assign(steps + 1, 0);
  for (std::size_t t = 0; t < steps; ++t) {
    std::uint32_t place = 0;
    for (const std::uint16_t unit : data.spikes(i, t)) {
      const Block own = draws ? key.block(static_cast<std::uint32_t>(t) + 1, place++) : Block{};
      if (settings.drop > 0.0 && uniform(own[0]) < settings.drop) continue;
      const double moved = (static_cast<double>(t) + 0.5) * time_factor +
                           (jitter > 0.0 ? jitter * normal(own[1], own[2]) : 0.0);
      const double channel = std::round(middle + (unit - middle) * channel_factor + shift);
      if (moved < 0.0 || moved >= static_cast<double>(steps) || channel < 0.0 ||
          channel >= static_cast<double>(data.channels))
        continue;
      spikes.push_back({static_cast<std::uint32_t>(moved), static_cast<std::uint16_t>(channel)});
    }
  }
  std::sort(spikes.begin(), spikes.end(), [](const Spike& a, const Spike& b) {
    return a.step != b.step ? a.step < b.step : a.unit < b.unit;
  });
  if (binary)
    spikes.erase(
        std::unique(spikes.begin(), spikes.end(),
                    [](const Spike& a, const Spike& b) { return a.step == b.step && a.unit == b.unit; }),
        spikes.end());
  out.units.clear();
  for (const Spike& spike : spikes) {
    ++out.begin[spike.step + 1];
    out.units.push_back(spike.unit);
  }
  for (std::size_t t = 0; t < steps; ++t) out.begin[t + 1] += out.begin[t];
}

}  // namespace spikegrad
