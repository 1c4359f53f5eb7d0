// SPDX-License-Identifier: Apache-2.0
// Samples that vary from epoch to epoch, so that a net learns what a class has in common: another voice,
// pace, microphone or noise. A spike of channel c in step t of a sample goes to
//
//   c' = m + (c + v(c) - m) e^a + b + k,   t' = (t + w(t)) e^d + n,
//
// a uniform in ±channel_stretch, b in ±channel_shift, d in ±time_stretch, the same for the whole sample, m
// the middle channel; the warps v and w run in straight lines through `warp_points` even places, with values uniform in
// ±channel_warp and ±time_warp; k and n normal with standard deviations channel_jitter and time_jitter for each spike;
// rounded; what leaves the raster is lost. In its place stand (1 - drop) e^g(c) spikes on average, that is as
// many whole ones, and one more with the probability of the rest. g runs in straight lines through
// `equaliser_points` channels, even from the first to the last, with values uniform in ±channel_gain: an
// equaliser set at random for each sample. It raises as often as it lowers: a net that has only seen samples
// with fewer spikes than it will be given does worse.
//
// With probability `blend` a sample is first made of two: itself and another training sample of its class, both
// moved by whole steps and channels to the middle between their centres of mass, of each of which a spike is
// kept with probability 1/2. (Nowotny, Turner & Knight, Neuromorphic Computing and Engineering 5, 2025.)
//
// Draws are keyed by (sample, trial, place of the spike).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spikegrad/core/field.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// Where channel_gain is drawn; between them it is interpolated.
inline constexpr std::size_t equaliser_points = 8;

/// Where channel_warp and time_warp are drawn, from the first channel or step to the last. A warp up to an eighth of
/// the whole keeps the order.
inline constexpr std::size_t warp_points = 5;
inline constexpr double most_warp = 0.125;

struct AugmentationSettings {
  static constexpr double most_gain = 3.0;  ///< of channel_gain: 20 spikes in place of one

  double channel_shift = 0.0;
  double channel_stretch = 0.0;
  double channel_warp = 0.0;
  double channel_jitter = 0.0;
  double channel_gain = 0.0;
  double time_stretch = 0.0;
  double time_warp = 0.0;
  double time_jitter = 0.0;
  double drop = 0.0;
  double blend = 0.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("channel_shift", self.channel_shift, Range::non_negative, "largest shift of a sample, channels");
    visit("channel_stretch", self.channel_stretch, Range::non_negative,
          "largest stretch of a sample about the middle channel, logarithm of the factor");
    visit("channel_warp", self.channel_warp, Range::non_negative,
          "largest shift of a part of a sample, in straight lines between 5 channels");
    visit("channel_jitter", self.channel_jitter, Range::non_negative,
          "standard deviation of a spike's channel");
    visit("channel_gain", self.channel_gain, Range::non_negative,
          "largest gain, drawn along the channels of each sample: logarithm of the factor in spikes");
    visit("time_stretch", self.time_stretch, Range::non_negative,
          "largest stretch of a sample in time, logarithm of the factor");
    visit("time_warp", self.time_warp, Range::non_negative,
          "largest shift of a part of a sample in time, in straight lines between 5 steps, s");
    visit("time_jitter", self.time_jitter, Range::non_negative, "standard deviation of a spike's time, s");
    visit("drop", self.drop, Range::probability, "probability that a spike is left out");
    visit("blend", self.blend, Range::probability,
          "probability that a sample is mixed with another one of its class");
  }
  bool any() const {
    return channel_shift > 0.0 || channel_stretch > 0.0 || channel_jitter > 0.0 || channel_gain > 0.0 ||
           time_stretch > 0.0 || time_jitter > 0.0 || drop > 0.0 || blend > 0.0 || channel_warp > 0.0 ||
           time_warp > 0.0;
  }
};

/// One varied sample, as SpikeData keeps them.
struct AugmentedSample {
  std::vector<std::uint32_t> begin;  ///< [steps + 1], from 0
  std::vector<std::uint16_t> units;  ///< rising within a step
};

/// What a sample may be blended with: the training samples of each class [classes][samples].
using BlendPartners = std::vector<std::vector<std::uint32_t>>;

/// Varies sample i of the data. `partners`: of blend; a class without others is not blended. `binary`: at most one
/// spike a channel and step. Fills `out`, whose memory it keeps.
SPIKEGRAD_EXPORT void augment(const SpikeData& data, std::size_t i, const AugmentationSettings& settings,
                              const BlendPartners& partners, bool binary, std::uint64_t seed,
                              std::uint32_t trial, AugmentedSample& out);

}  // namespace spikegrad
