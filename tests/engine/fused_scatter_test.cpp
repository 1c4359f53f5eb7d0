// SPDX-License-Identifier: Apache-2.0
// Weight gradients from spikes in the order of time and from spikes sorted by unit are the same to the last
// bit.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "spikegrad/engine/fused/kernels.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad::fused {
namespace {

using testing::Dice;

TEST(FusedScatter, SortedByUnitGivesTheSameBits) {
  Dice dice(11);
  for (const std::size_t width : {16, 32, 48, 64, 80})
    for (const double rate : {0.0, 0.05, 0.5, 1.0}) {
      const std::size_t steps = 37, units = 29;
      std::vector<float> delta(steps * width), by_time(units * width);
      for (float& d : delta) d = static_cast<float>(dice.normal());
      for (float& w : by_time) w = static_cast<float>(dice.normal());
      std::vector<float> by_unit = by_time;

      std::vector<std::uint32_t> begin = {0}, first = {0};
      std::vector<std::uint16_t> list, at;
      std::vector<std::vector<bool>> spikes(units, std::vector<bool>(steps));
      for (auto& row : spikes)
        for (std::size_t t = 0; t < steps; ++t) row[t] = dice.chance(rate);
      for (std::size_t t = 0; t < steps; ++t) {
        for (std::size_t j = 0; j < units; ++j)
          if (spikes[j][t]) list.push_back(static_cast<std::uint16_t>(j));
        begin.push_back(static_cast<std::uint32_t>(list.size()));
      }
      for (std::size_t j = 0; j < units; ++j) {
        for (std::size_t t = 0; t < steps; ++t)
          if (spikes[j][t]) at.push_back(static_cast<std::uint16_t>(t));
        first.push_back(static_cast<std::uint32_t>(at.size()));
      }
      // The spikes of the last step have no delta: they act when the time is over.
      const std::size_t counted = steps - 1;
      kernels().scatter({.activity = {begin.data(), list.data(), nullptr},
                         .rows = by_time.data(),
                         .rows_pitch = width,
                         .delta = delta.data(),
                         .delta_pitch = width,
                         .steps = counted,
                         .width = width});
      kernels().unit_scatter({.first = first.data(),
                              .at = at.data(),
                              .units = units,
                              .rows = by_unit.data(),
                              .rows_pitch = width,
                              .delta = delta.data(),
                              .delta_pitch = width,
                              .steps = counted,
                              .width = width});
      EXPECT_EQ(by_time, by_unit) << width << " " << rate;
    }
}

}  // namespace
}  // namespace spikegrad::fused
