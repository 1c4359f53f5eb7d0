// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/augmentation.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

namespace spikegrad {
namespace {

/// `samples` alike: a spike in every third step of every fifth channel.
SpikeData comb(std::size_t samples) {
  SpikeData data{.source = "comb", .time = {2e-3, 60}, .channels = 100};
  data.begin.push_back(0);
  for (std::size_t i = 0; i < samples; ++i) {
    data.labels.push_back(0);
    for (std::size_t t = 0; t < 60; ++t) {
      if (t % 3 == 0)
        for (std::uint16_t c = 0; c < 100; c += 5) data.units.push_back(c);
      data.begin.push_back(static_cast<std::uint32_t>(data.units.size()));
    }
  }
  return data;
}

AugmentedSample varied(const SpikeData& data, std::size_t i, const AugmentationSettings& settings,
                       std::uint32_t trial = 0, bool binary = true, const BlendPartners& partners = {{}}) {
  AugmentedSample out;
  augment(data, i, settings, partners, binary, 1, trial, out);
  EXPECT_EQ(out.begin.size(), 61u);
  EXPECT_EQ(out.begin.back(), out.units.size());
  for (std::size_t t = 0; t < 60; ++t)
    for (std::uint32_t e = out.begin[t]; e + 1 < out.begin[t + 1]; ++e)
      EXPECT_LE(out.units[e], out.units[e + 1] - (binary ? 1 : 0));
  return out;
}

TEST(Augmentation, NothingAskedForChangesNothing) {
  const SpikeData data = comb(2);
  const AugmentedSample same = varied(data, 1, {});
  const auto units = data.spikes(1);
  EXPECT_TRUE(std::equal(units.begin(), units.end(), same.units.begin(), same.units.end()));
  EXPECT_FALSE(AugmentationSettings{}.any());
}

/// Samples 0 and 1 of class 0, in all channels but late and high the one, early and low the other; sample 2 of
/// class 1.
SpikeData corners() {
  SpikeData data{.source = "corners", .time = {2e-3, 60}, .channels = 100};
  data.begin.push_back(0);
  data.labels = {0, 0, 1};
  for (const std::size_t i : {0u, 1u, 2u})
    for (std::size_t t = 0; t < 60; ++t) {
      const std::size_t first = i == 0 ? 10 : 40;
      if (t >= first && t < first + 10)
        for (std::uint16_t c = 0; c < 20; ++c)
          data.units.push_back(static_cast<std::uint16_t>((i == 0 ? 10 : 50) + c));
      data.begin.push_back(static_cast<std::uint32_t>(data.units.size()));
    }
  return data;
}

TEST(Augmentation, ABlendIsHalfOfEachAtTheMiddleOfTheirCentres) {
  const SpikeData data = corners();
  const BlendPartners partners{{0, 1}, {2}};
  std::size_t total = 0;
  for (std::uint32_t trial = 0; trial < 50; ++trial) {
    const AugmentedSample mixed = varied(data, trial % 2, {.blend = 1.0}, trial, false, partners);
    total += mixed.units.size();
    for (std::size_t t = 0; t < 60; ++t)
      if (mixed.begin[t + 1] > mixed.begin[t]) {
        EXPECT_TRUE(t >= 25 && t < 35) << t;
      }
    for (const std::uint16_t unit : mixed.units) EXPECT_TRUE(unit >= 30 && unit < 50) << unit;
  }
  EXPECT_NEAR(static_cast<double>(total) / 50.0, 200.0, 10.0);  // 5 standard errors: 5 √(400/4/50)
  // Two independent halves: 50 of the 200 places have two spikes on average.
  const AugmentedSample once = varied(data, 0, {.blend = 1.0}, 3, true, partners);
  EXPECT_NEAR(static_cast<double>(once.units.size()), 150.0, 35.0);
}

TEST(Augmentation, WhatCannotBeBlendedStaysAsItIs) {
  const SpikeData data = corners();
  const auto same = [&](const AugmentedSample& sample, std::size_t i) {
    const auto units = data.spikes(i);
    return std::equal(units.begin(), units.end(), sample.units.begin(), sample.units.end());
  };
  EXPECT_TRUE(same(varied(data, 2, {.blend = 1.0}, 0, true, {{0, 1}, {2}}), 2));
  EXPECT_TRUE(same(varied(data, 2, {.blend = 1.0}, 0, true, {{0, 1}, {}}), 2));
  std::size_t alone = 0;
  for (std::uint32_t trial = 0; trial < 200; ++trial)
    alone += same(varied(data, 0, {.blend = 0.3}, trial, true, {{0, 1}, {2}}), 0);
  EXPECT_NEAR(static_cast<double>(alone), 140.0, 33.0);  // 5 standard deviations
}

TEST(Augmentation, AShiftMovesAllChannelsOfASampleAlike) {
  const SpikeData data = comb(40);
  std::set<int> shifts;
  for (std::size_t i = 0; i < 40; ++i) {
    const AugmentedSample moved = varied(data, i, {.channel_shift = 7.0});
    std::set<int> rests;
    for (const std::uint16_t unit : moved.units) rests.insert(unit % 5);
    EXPECT_EQ(rests.size(), 1u);
    shifts.insert(moved.units[0]);
  }
  EXPECT_GT(shifts.size(), 3u);
}

TEST(Augmentation, DropLeavesOutItsShareAndTrialsDiffer) {
  const SpikeData data = comb(30);
  double kept = 0.0;
  for (std::size_t i = 0; i < 30; ++i)
    kept += static_cast<double>(varied(data, i, {.drop = 0.3}).units.size());
  const double n = 30.0 * 400.0;
  EXPECT_NEAR(kept / n, 0.7, 4.0 * std::sqrt(0.21 / n));  // false alarm 6e-5
  EXPECT_NE(varied(data, 0, {.drop = 0.3}, 0).units, varied(data, 0, {.drop = 0.3}, 1).units);
  EXPECT_EQ(varied(data, 0, {.drop = 0.3}, 5).units, varied(data, 0, {.drop = 0.3}, 5).units);
}

TEST(Augmentation, ChannelGainDiffersBetweenChannelsAndSamplesAndHasItsMean) {
  const SpikeData data = comb(400);
  double kept = 0.0;
  std::array<std::array<std::size_t, 2>, 2>
      ends{};  // of two samples, spikes of the lowest and highest channels
  for (std::size_t i = 0; i < 400; ++i) {
    const AugmentedSample sample = varied(data, i, {.channel_gain = 1.0}, 0, false);
    kept += static_cast<double>(sample.units.size());
    if (i < 2)
      for (const std::uint16_t unit : sample.units) {
        ends[i][0] += unit < 10;
        ends[i][1] += unit >= 90;
      }
  }
  // Halfway between two of the points, and at them, g is a sum of at most two uniform numbers. The mean of
  // e^g is then (sinh(s)/s)(sinh(1-s)/(1-s)), s the share of the one: from 1.086 (s = 1/2) to 1.175 (s = 0).
  // Its variance is 0.43, over eight points about 0.05, so 0.05 is 4 standard errors of 400 samples or more.
  EXPECT_GT(kept / (400.0 * 400.0), 1.086 - 0.05);
  EXPECT_LT(kept / (400.0 * 400.0), 1.175 + 0.05);
  EXPECT_NE(ends[0], ends[1]);
  EXPECT_NE(ends[0][0], ends[0][1]);
}

/// Samples of 60 steps of 1 ms with one spike each, in step 30 of the middle channel.
SpikeData one_spike(std::size_t samples, std::size_t channels) {
  SpikeData data{.source = "one", .time = {1e-3, 60}, .channels = channels};
  data.begin.push_back(0);
  for (std::size_t i = 0; i < samples; ++i) {
    data.labels.push_back(0);
    for (std::size_t t = 0; t < 60; ++t) {
      if (t == 30) data.units.push_back(static_cast<std::uint16_t>(channels / 2));
      data.begin.push_back(static_cast<std::uint32_t>(data.units.size()));
    }
  }
  return data;
}

TEST(Augmentation, WarpsMovePartsDifferentlyWithinTheirExtentAndKeepTheOrder) {
  const SpikeData data = comb(1);
  std::set<std::vector<int>> shifts_of_channels;
  double square = 0.0;
  for (std::uint32_t trial = 0; trial < 200; ++trial) {
    const AugmentedSample moved = varied(data, 0, {.channel_warp = 12.0}, trial, false);
    for (std::size_t t = 0; t < 60; ++t) EXPECT_TRUE(moved.begin[t] == moved.begin[t + 1] || t % 3 == 0);
    if (moved.begin[1] < 20) continue;  // some left the raster
    std::vector<int> shifts;
    for (std::uint32_t k = 0; k < 20; ++k) {  // in order, so the k-th is the k-th
      shifts.push_back(moved.units[k] - 5 * static_cast<int>(k));
      EXPECT_LE(std::abs(shifts.back()), 12);
      square += shifts.back() * shifts.back();
    }
    shifts_of_channels.insert(shifts);
    EXPECT_NE(shifts, std::vector<int>(20, shifts[0]));
  }
  EXPECT_GT(shifts_of_channels.size(), 20u);
  EXPECT_GT(square, 0.0);

  for (std::uint32_t trial = 0; trial < 200; ++trial) {
    const AugmentedSample moved = varied(data, 0, {.time_warp = 14e-3}, trial, false);  // 7 steps
    std::vector<std::size_t> steps;
    for (std::size_t t = 0; t < 60; ++t)
      for (std::uint32_t e = moved.begin[t]; e < moved.begin[t + 1]; ++e)
        if (moved.units[e] == 0) steps.push_back(t);
    if (steps.size() < 20) continue;
    for (std::size_t k = 0; k < 20; ++k)
      EXPECT_LE(std::abs(static_cast<double>(steps[k]) - 3.0 * static_cast<double>(k)), 7.5);
  }
}

TEST(Augmentation, ChannelJitterHasItsWidthAndKeepsTheTime) {
  const SpikeData data = one_spike(4000, 41);
  double square = 0.0;
  for (std::size_t i = 0; i < 4000; ++i) {
    const AugmentedSample moved = varied(data, i, {.channel_jitter = 3.0});
    ASSERT_EQ(moved.units.size(), 1u);
    EXPECT_EQ(moved.begin[31] - moved.begin[30], 1u);
    square += (moved.units[0] - 20.0) * (moved.units[0] - 20.0);
  }
  // As for the jitter in time below.
  EXPECT_NEAR(square / 4000.0, 9.0 + 1.0 / 12.0, 4.0 * 9.1 * std::sqrt(2.0 / 4000.0));
}

TEST(Augmentation, JitterHasItsWidthAndStretchItsFactor) {
  const SpikeData data = one_spike(4000, 1);
  double square = 0.0;
  for (std::size_t i = 0; i < 4000; ++i) {
    const AugmentedSample moved = varied(data, i, {.time_jitter = 3e-3});
    std::size_t t = 0;
    while (t < 60 && moved.begin[t + 1] == 0) ++t;
    square += (static_cast<double>(t) - 30.0) * (static_cast<double>(t) - 30.0);
    const AugmentedSample stretched = varied(data, i, {.time_stretch = 0.2});
    std::size_t s = 0;
    while (s < 60 && stretched.begin[s + 1] == 0) ++s;
    EXPECT_GE(s, 24u);  // 30.5 e^-0.2
    EXPECT_LE(s, 37u);  // 30.5 e^0.2
  }
  // Variance 9 + 1/12 of the rounding; relative error of a variance √(2/n); 4 standard errors
  EXPECT_NEAR(square / 4000.0, 9.0 + 1.0 / 12.0, 4.0 * 9.1 * std::sqrt(2.0 / 4000.0));
}

}  // namespace
}  // namespace spikegrad
