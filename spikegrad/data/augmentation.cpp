// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/augmentation.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "spikegrad/core/random.hpp"

namespace spikegrad {
namespace {

struct Spike {
  std::uint32_t step;
  std::uint16_t unit;
};

/// In ±extent.
double within(double extent, std::uint32_t bits) {
  return extent * (2.0 * uniform(bits) - 1.0);
}

/// Standard normal numbers: the quantiles at the middles of 4096 equal cells, since a logarithm and a cosine
/// for every spike (Box & Muller) took most of the time. Steps and channels are too coarse to tell.
constexpr std::uint32_t normal_bits = 12;
const std::array<double, 1u << normal_bits>& normal_quantiles() {
  static const auto table = [] {
    std::array<double, 1u << normal_bits> quantiles{};
    for (std::size_t k = 0; k < quantiles.size(); ++k)
      quantiles[k] = boost::math::quantile(
          boost::math::normal(), (static_cast<double>(k) + 0.5) / static_cast<double>(quantiles.size()));
    return quantiles;
  }();
  return table;
}

/// For each channel: how many spikes stand on average for one, times 2^32.
std::vector<std::uint64_t> copies_of(const AugmentationSettings& settings, std::size_t channels,
                                     const DrawKey& key) {
  std::array<double, equaliser_points> gain{};
  for (std::uint32_t k = 0; k < equaliser_points; ++k)
    gain[k] = within(settings.channel_gain, key.bits(0, 4 + k));  // words 0 to 3 are the moves'
  std::vector<std::uint64_t> copies(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const double at = static_cast<double>(c * (equaliser_points - 1)) /
                      static_cast<double>(std::max<std::size_t>(channels - 1, 1));
    const auto k = std::min(static_cast<std::size_t>(at), equaliser_points - 2);
    const double here = std::lerp(gain[k], gain[k + 1], at - static_cast<double>(k));
    copies[c] = static_cast<std::uint64_t>(std::llround(0x1p32 * (1.0 - settings.drop) * std::exp(here)));
  }
  return copies;
}

/// For each of `count` places: by how much a warp moves it. `first_word`: of the sample's numbers.
std::vector<double> warp_of(double extent, std::size_t count, std::uint32_t first_word, const DrawKey& key) {
  std::vector<double> moved(count);
  if (extent == 0.0) return moved;
  std::array<double, warp_points> by{};
  for (std::uint32_t k = 0; k < warp_points; ++k) by[k] = within(extent, key.bits(0, first_word + k));
  for (std::size_t i = 0; i < count; ++i) {
    const double at =
        static_cast<double>(i * (warp_points - 1)) / static_cast<double>(std::max<std::size_t>(count - 1, 1));
    const auto k = std::min(static_cast<std::size_t>(at), warp_points - 2);
    moved[i] = std::lerp(by[k], by[k + 1], at - static_cast<double>(k));
  }
  return moved;
}

/// A counting sort, stable; key(spike) is below `keys`.
template <class Key>
std::vector<Spike> sorted(const std::vector<Spike>& spikes, std::size_t keys, Key&& key) {
  std::vector<std::uint32_t> place(keys + 1);
  for (const Spike& spike : spikes) ++place[key(spike) + 1];
  for (std::size_t k = 0; k < keys; ++k) place[k + 1] += place[k];
  std::vector<Spike> result(spikes.size());
  for (const Spike& spike : spikes) result[place[key(spike)]++] = spike;
  return result;
}

/// A sample that takes part, and by how much it moves first.
struct Source {
  std::size_t sample = 0;
  double steps = 0.0, channels = 0.0;
  std::uint32_t first_place = 0;  ///< of its spikes' draws
};

struct Centre {
  double step = 0.0, channel = 0.0;
};
Centre centre_of(const SpikeData& data, std::size_t i) {
  Centre sum;
  for (std::size_t t = 0; t < data.time.steps; ++t)
    for (const std::uint16_t unit : data.spikes(i, t)) {
      sum.step += static_cast<double>(t);
      sum.channel += unit;
    }
  const auto count = static_cast<double>(std::max<std::size_t>(data.spikes(i).size(), 1));
  return {sum.step / count, sum.channel / count};
}

/// Draws of the second of two samples begin with this place of each step.
constexpr std::uint32_t second_places = 1u << 24;

/// The sample alone, or with the one that it is blended with.
std::vector<Source> sources_of(const SpikeData& data, std::size_t i, double blend,
                               const BlendPartners& partners, const DrawKey& key) {
  const Block words =
      key.block(0, 4);  // words 0 to 11 are the moves' and the gains', those from 20 on the warps'
  if (!(uniform(words[0]) < blend)) return {{.sample = i}};
  const std::vector<std::uint32_t>& all = partners[data.labels[i]];
  const auto own = static_cast<std::size_t>(std::find(all.begin(), all.end(), i) - all.begin());
  const std::size_t others = all.size() - (own < all.size() ? 1 : 0);
  if (others == 0) return {{.sample = i}};
  auto place = static_cast<std::size_t>(std::uint64_t{words[1]} * others >> 32);
  if (place >= own) ++place;
  const std::size_t other = all[place];
  const Centre here = centre_of(data, i), there = centre_of(data, other);
  const auto half = [](double from, double to) { return std::round(0.5 * (to - from)); };
  return {{i, half(here.step, there.step), half(here.channel, there.channel), 0},
          {other, half(there.step, here.step), half(there.channel, here.channel), second_places}};
}

}  // namespace

void augment(const SpikeData& data, std::size_t i, const AugmentationSettings& settings,
             const BlendPartners& partners, bool binary, std::uint64_t seed, std::uint32_t trial,
             AugmentedSample& out) {
  const std::size_t steps = data.time.steps, channels = data.channels;
  const DrawKey key{
      .seed = seed, .stream = Stream::augmentation, .trial = trial, .sample = static_cast<std::uint32_t>(i)};
  const Block whole = key.block(0, 0);  // of the sample; spikes have steps from 1 on
  const double channel_factor = std::exp(within(settings.channel_stretch, whole[0]));
  const double shift = within(settings.channel_shift, whole[1]);
  const double time_factor = std::exp(within(settings.time_stretch, whole[2]));
  const double middle = 0.5 * static_cast<double>(channels - 1);
  const double jitter = settings.time_jitter / data.time.dt;
  const std::vector<Source> sources = sources_of(data, i, settings.blend, partners, key);
  const bool draws = jitter > 0.0 || settings.channel_jitter > 0.0 || settings.drop > 0.0 ||
                     settings.channel_gain > 0.0 || sources.size() > 1;
  std::vector<std::uint64_t> copies = copies_of(settings, channels, key);
  for (std::uint64_t& n : copies) n /= sources.size();
  const std::vector<double> channel_warp = warp_of(settings.channel_warp, channels, 20, key),
                            time_warp = warp_of(settings.time_warp / data.time.dt, steps, 28, key);
  const auto& quantiles = normal_quantiles();

  std::vector<Spike> spikes;
  spikes.reserve(data.spikes(i).size());
  for (const Source& source : sources)
    for (std::size_t t = 0; t < steps; ++t) {
      const double moved_step = (static_cast<double>(t) + source.steps + time_warp[t] + 0.5) * time_factor;
      std::uint32_t place = source.first_place;
      Block words{};
      for (const std::uint16_t unit : data.spikes(source.sample, t)) {
        if (draws && place % 2 == 0) words = key.block(static_cast<std::uint32_t>(t) + 1, place / 2);
        const std::uint32_t rest = words[place % 2 * 2];
        std::uint32_t move = words[place % 2 * 2 + 1];
        ++place;
        for (std::uint64_t n = (copies[unit] + rest) >> 32; n > 0; --n, move = std::rotl(move, 11)) {
          const double moved = moved_step + jitter * quantiles[move >> (32 - normal_bits)];
          const double channel =
              middle + (unit + source.channels + channel_warp[unit] - middle) * channel_factor + shift +
              settings.channel_jitter * quantiles[move & ((1u << normal_bits) - 1)] + 0.5;  // 0.5: to round
          if (moved < 0.0 || moved >= static_cast<double>(steps) || channel < 0.0 ||
              channel >= static_cast<double>(channels))
            continue;
          spikes.push_back({static_cast<std::uint32_t>(moved), static_cast<std::uint16_t>(channel)});
        }
      }
    }
  spikes = sorted(spikes, channels, [](const Spike& spike) { return spike.unit; });
  spikes = sorted(spikes, steps, [](const Spike& spike) { return spike.step; });
  if (binary)
    spikes.erase(
        std::unique(spikes.begin(), spikes.end(),
                    [](const Spike& a, const Spike& b) { return a.step == b.step && a.unit == b.unit; }),
        spikes.end());
  out.begin.assign(steps + 1, 0);
  out.units.clear();
  for (const Spike& spike : spikes) {
    ++out.begin[spike.step + 1];
    out.units.push_back(spike.unit);
  }
  for (std::size_t t = 0; t < steps; ++t) out.begin[t + 1] += out.begin[t];
}

}  // namespace spikegrad
