// SPDX-License-Identifier: Apache-2.0
// Dense spikes as lists: what the lists say is what the array held.
#include "spikegrad/engine/spike_lists.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/dice.hpp"

namespace spikegrad {
namespace {

TEST(SpikeLists, HoldWhatTheArrayHolds) {
  for (const std::size_t size : {1, 31, 32, 33, 64, 70, 700}) {
    testing::Dice dice(size);
    const std::size_t steps = 9;
    std::vector<float> values(steps * size), back(steps * size, 0.0f);
    for (float& v : values) v = dice.chance(0.1) ? 1.0f : dice.chance(0.1) ? -0.0f : 0.0f;
    SpikeLists lists;
    ASSERT_TRUE(list_spikes(values, size, lists));
    check_events(lists.view(), steps, size);
    for (std::size_t t = 0; t < steps; ++t)
      for (std::size_t k = lists.begin[t]; k < lists.begin[t + 1]; ++k)
        back[t * size + lists.units[k]] += 1.0f;
    EXPECT_EQ(values, back) << size;
    const std::vector<double> doubles(values.begin(), values.end());
    SpikeLists again;
    ASSERT_TRUE(list_spikes(doubles, size, again));
    EXPECT_EQ(lists.begin, again.begin);
    EXPECT_EQ(lists.units, again.units);
    for (const float other : {0.5f, 2.0f, -1.0f, std::numeric_limits<float>::quiet_NaN(), 1e-40f}) {
      values[values.size() - 1 - size / 2] = other;
      EXPECT_FALSE(list_spikes(values, size, lists)) << other;
    }
  }
}

TEST(SpikeLists, TooManyUnitsAreRefused) {
  SpikeLists lists;
  EXPECT_TRUE(list_spikes(std::vector<float>(65536, 1.0f), 65536, lists));
  EXPECT_FALSE(list_spikes(std::vector<float>(65537, 1.0f), 65537, lists));
}

}  // namespace
}  // namespace spikegrad
