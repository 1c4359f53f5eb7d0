// SPDX-License-Identifier: Apache-2.0
// Weight gradients from spikes in the order of time and from spikes sorted by unit are the same to the last
// bit, over several samples.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "spikegrad/engine/cpu/kernels.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad::cpu {
namespace {

using testing::Dice;

TEST(CpuScatter, SortedByUnitGivesTheSameBits) {
  Dice dice(11);
  for (const std::size_t width : {16, 32, 48, 64, 80})
    for (const double rate : {0.0, 0.05, 0.5, 1.0}) {
      const std::size_t steps = 37, units = 29, samples = 3, pitch = steps * width + 32;
      const std::size_t counted = steps - 1;  // the spikes of the last step act when the time is over
      std::vector<float> delta(samples * pitch), by_time(units * width);
      for (float& d : delta) d = static_cast<float>(dice.normal());
      for (float& w : by_time) w = static_cast<float>(dice.normal());
      std::vector<float> by_unit = by_time;

      std::vector<std::vector<SpikeTime>> times(units);
      for (std::size_t s = 0; s < samples; ++s) {
        std::vector<std::uint32_t> begin = {0};
        std::vector<std::uint16_t> list;
        for (std::size_t t = 0; t < steps; ++t) {
          for (std::size_t j = 0; j < units; ++j) {
            if (!dice.chance(rate)) continue;
            list.push_back(static_cast<std::uint16_t>(j));
            if (t < counted) times[j].push_back({t, s});
          }
          begin.push_back(static_cast<std::uint32_t>(list.size()));
        }
        kernels().scatter({.activity = {begin.data(), list.data(), nullptr},
                           .rows = by_time.data(),
                           .rows_pitch = width,
                           .delta = delta.data() + s * pitch,
                           .delta_pitch = width,
                           .steps = counted,
                           .width = width});
      }
      std::vector<std::uint32_t> first = {0};
      std::vector<SpikeTime> at;
      for (const auto& of_unit : times) {
        at.insert(at.end(), of_unit.begin(), of_unit.end());
        first.push_back(static_cast<std::uint32_t>(at.size()));
      }
      kernels().unit_scatter({.first = first.data(),
                              .at = at.data(),
                              .units = units,
                              .rows = by_unit.data(),
                              .rows_pitch = width,
                              .delta = delta.data(),
                              .delta_pitch = width,
                              .sample_pitch = pitch,
                              .width = width});
      EXPECT_EQ(by_time, by_unit) << width << " " << rate;
    }
}

}  // namespace
}  // namespace spikegrad::cpu
