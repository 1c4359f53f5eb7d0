// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

/// 300 samples: three classes in turn; five speakers, of 20, 40, 60, 80 and 100 samples.
SpikeData labelled() {
  SpikeData data;
  data.source = "test.h5";
  data.time = {.dt = 1e-3, .steps = 1};
  data.channels = 1;
  data.class_names = {"a", "b", "c"};
  for (std::uint16_t speaker = 0; speaker < 5; ++speaker)
    for (int k = 0; k < 20 * (speaker + 1); ++k) {
      data.speakers.push_back(speaker);
      data.labels.push_back(static_cast<std::uint16_t>(data.labels.size() % 3));
    }
  data.begin.assign(data.size() + 1, 0);
  return data;
}

/// What every split promises: rising indices, together every sample once, no part empty.
void expect_partition(const Split& split, std::size_t samples) {
  EXPECT_FALSE(split.training.empty());
  EXPECT_FALSE(split.validation.empty());
  EXPECT_TRUE(std::is_sorted(split.training.begin(), split.training.end()));
  EXPECT_TRUE(std::is_sorted(split.validation.begin(), split.validation.end()));
  std::set<std::uint32_t> all(split.training.begin(), split.training.end());
  all.insert(split.validation.begin(), split.validation.end());
  EXPECT_EQ(all.size(), samples);
  EXPECT_EQ(split.training.size() + split.validation.size(), samples);
  EXPECT_EQ(*all.rbegin(), samples - 1);
}

TEST(Split, RandomHasTheSizeAskedForAndDependsOnTheSeedAlone) {
  const SpikeData data = labelled();
  const Split split = split_random(data, 0.1, 7);
  expect_partition(split, 300);
  EXPECT_EQ(split.validation.size(), 30u);
  EXPECT_EQ(split_random(data, 0.1, 7).validation, split.validation);
  EXPECT_NE(split_random(data, 0.1, 8).validation, split.validation);
}

// Each sample validates with probability 0.1. Over 400 seeds the count of one sample is binomial with
// standard deviation 6; |z| < 4.5 for all 300 samples: false-alarm rate 300 · 6.8e-6 = 0.2 %, at one fixed
// set of seeds.
TEST(Split, RandomFavoursNoSample) {
  const SpikeData data = labelled();
  std::vector<int> counts(data.size());
  for (std::uint64_t seed = 0; seed < 400; ++seed)
    for (const std::uint32_t i : split_random(data, 0.1, seed).validation) ++counts[i];
  for (const int count : counts) EXPECT_LT(std::abs(count - 40), 27);
}

TEST(Split, StratifiedTakesTheSameShareOfEveryClass) {
  const SpikeData data = labelled();
  const Split split = split_stratified(data, 0.2, 3);
  expect_partition(split, 300);
  std::array<int, 3> counts{};
  for (const std::uint32_t i : split.validation) ++counts[data.labels[i]];
  EXPECT_EQ(counts, (std::array{20, 20, 20}));
}

TEST(Split, SpeakersStayTogether) {
  const SpikeData data = labelled();
  const std::array<std::uint16_t, 2> chosen{0, 3};
  const Split given = split_by_speaker(data, chosen);
  expect_partition(given, 300);
  EXPECT_EQ(given.validation.size(), 100u);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Split split = split_by_speaker(data, 0.25, seed);
    expect_partition(split, 300);
    EXPECT_GE(split.validation.size(), 75u);
    std::set<std::uint16_t> training, validation;
    for (const std::uint32_t i : split.training) training.insert(data.speakers[i]);
    for (const std::uint32_t i : split.validation) validation.insert(data.speakers[i]);
    EXPECT_EQ(training.size() + validation.size(), 5u) << "a speaker on both sides";
  }
}

TEST(Split, LargeFractionsLeaveASpeakerForTraining) {
  expect_partition(split_by_speaker(labelled(), 0.999, 1), 300);
}

TEST(Split, ImpossibleSplitsAreTheUsersToMend) {
  SpikeData data = labelled();
  for (const double fraction : {0.0, 1.0, -0.5, 2.0, std::nan("")}) {
    EXPECT_THROW(split_random(data, fraction, 1), UserError);
    EXPECT_THROW(split_stratified(data, fraction, 1), UserError);
    EXPECT_THROW(split_by_speaker(data, fraction, 1), UserError);
  }
  EXPECT_THROW(split_random(data, 0.001, 1), UserError);
  EXPECT_THROW(split_by_speaker(data, std::array<std::uint16_t, 1>{9}), UserError);
  EXPECT_THROW(split_by_speaker(data, std::array<std::uint16_t, 5>{0, 1, 2, 3, 4}), UserError);
  data.speakers.assign(data.size(), 4);
  EXPECT_THROW(split_by_speaker(data, 0.1, 1), UserError);
  data.speakers.clear();
  EXPECT_THROW(split_by_speaker(data, 0.1, 1), UserError);
}

TEST(Split, ASubsetHasTheSamplesInTheOrderGiven) {
  SpikeData data = labelled();
  data.time.steps = 2;
  data.channels = 3;
  data.begin.assign(1, 0);
  for (std::uint16_t i = 0; i < 300; ++i)  // i % 4 spikes in the first step, one in the second
    for (const std::uint16_t count : {static_cast<std::uint16_t>(i % 4), std::uint16_t{1}}) {
      for (std::uint16_t k = 0; k < count; ++k) data.units.push_back(k);
      data.begin.push_back(static_cast<std::uint32_t>(data.units.size()));
    }
  const SpikeData part = subset(data, std::array<std::uint32_t, 3>{7, 2, 299});
  ASSERT_EQ(part.size(), 3u);
  std::size_t at = 0;
  for (const std::size_t i : {7u, 2u, 299u}) {
    EXPECT_EQ(part.labels[at], data.labels[i]);
    EXPECT_EQ(part.speakers[at], data.speakers[i]);
    for (std::size_t t = 0; t < 2; ++t) {
      const auto have = part.spikes(at, t), want = data.spikes(i, t);
      EXPECT_TRUE(std::equal(have.begin(), have.end(), want.begin(), want.end()));
    }
    ++at;
  }
  EXPECT_EQ(subset(data, {}).size(), 0u);
}

TEST(Split, DataMadeInCodeAreChecked) {
  const auto refused = [](const auto& change) {
    SpikeData data = labelled();
    change(data);
    EXPECT_THROW(check_spike_data(data), UserError);
    EXPECT_THROW(split_random(data, 0.1, 1), UserError);
    EXPECT_THROW(split_stratified(data, 0.1, 1), UserError);
    EXPECT_THROW(split_by_speaker(data, 0.1, 1), UserError);
  };
  EXPECT_NO_THROW(check_spike_data(labelled()));
  refused([](SpikeData& d) { d.labels[7] = 3; });
  refused([](SpikeData& d) { d.begin.pop_back(); });
  refused([](SpikeData& d) { d.begin[5] = 1; });
  refused([](SpikeData& d) { d.begin.back() = 1; });
  refused([](SpikeData& d) {
    d.units = {1};
    d.begin.back() = 1;
  });
  refused([](SpikeData& d) { d.speakers.pop_back(); });
  refused([](SpikeData& d) { d = {.source = "empty", .time = {1e-3, 1}}; });
  const std::uint32_t outside = 300;
  EXPECT_THROW(subset(labelled(), {&outside, 1}), UserError);
}

}  // namespace
}  // namespace spikegrad
