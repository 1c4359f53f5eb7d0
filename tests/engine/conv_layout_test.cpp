// SPDX-License-Identifier: Apache-2.0
// Both layouts of a convolution hold every pair of a source and a target position once, with its tap,
// whatever kernel, stride and padding are.
#include "spikegrad/engine/cpu/conv_layout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace spikegrad::cpu {
namespace {

using Pair = std::array<std::ptrdiff_t, 3>;  ///< source position, target position, tap

PopulationPlan layer(std::size_t channels, std::size_t positions) {
  PopulationPlan p;
  p.size = channels * positions;
  p.channels = channels;
  p.positions = positions;
  return p;
}

std::set<Pair> pairs_of(const Conv1d& conv, std::size_t positions, std::size_t targets) {
  std::set<Pair> pairs;
  for (std::size_t q = 0; q < targets; ++q)
    for (std::size_t k = 0; k < conv.kernel; ++k) {
      const auto at =
          static_cast<std::ptrdiff_t>(q * conv.stride + k) - static_cast<std::ptrdiff_t>(conv.padding);
      if (at >= 0 && at < static_cast<std::ptrdiff_t>(positions))
        pairs.insert({at, static_cast<std::ptrdiff_t>(q), static_cast<std::ptrdiff_t>(k)});
    }
  return pairs;
}

/// What the spikes of channel 1 move.
std::set<Pair> pairs_of_starts(const ConnectionPlan& c, const PopulationPlan& from,
                               const PopulationPlan& to) {
  std::set<Pair> pairs;
  const auto taps = static_cast<std::ptrdiff_t>(c.taps), kernel = static_cast<std::ptrdiff_t>(c.conv->kernel);
  for (std::size_t at = 0; at < from.positions; ++at) {
    const ConvStart start = c.starts[from.positions + at];
    EXPECT_EQ(start.weight % c.out_padded, 0u);
    EXPECT_EQ(start.target % to.channels, 0u);
    for (std::size_t i = 0; i < c.targets; ++i) {
      const std::ptrdiff_t q = static_cast<std::ptrdiff_t>(start.target / to.channels + i),
                           row = static_cast<std::ptrdiff_t>(start.weight / c.out_padded) - taps -
                                 static_cast<std::ptrdiff_t>(i * c.conv->stride),
                           tap = row - static_cast<std::ptrdiff_t>(c.first_tap);
      EXPECT_TRUE(row >= 0 && row < taps) << "outside the channel's rows";
      EXPECT_LT(q, static_cast<std::ptrdiff_t>(to.positions));
      if (tap < 0 || tap >= kernel) continue;  // a row of zeros
      EXPECT_TRUE(pairs.insert({static_cast<std::ptrdiff_t>(at), q, tap}).second) << "twice";
    }
  }
  return pairs;
}

std::set<Pair> pairs_of_products(const ConnectionPlan& c, const PopulationPlan& from,
                                 const PopulationPlan& to) {
  std::set<Pair> pairs;
  const std::size_t rows = c.rows_before + to.positions + c.rows_after;
  for (const ConvBackwardData& part : c.conv_backward_data)
    for (std::size_t m = 0; m < part.rows; ++m)
      for (std::size_t i = 0; i < part.taps; ++i) {
        const std::size_t at = part.first + m * c.conv->stride, tap = part.tap + i * c.conv->stride;
        EXPECT_LT(at, from.positions);
        EXPECT_LT(tap, c.conv->kernel);
        EXPECT_TRUE(part.at + m >= i && part.at + m - i < rows) << "outside the padded signals";
        const auto q =
            static_cast<std::ptrdiff_t>(part.at + m - i) - static_cast<std::ptrdiff_t>(c.rows_before);
        if (q < 0 || q >= static_cast<std::ptrdiff_t>(to.positions)) continue;  // a row of zeros
        EXPECT_TRUE(
            pairs.insert({static_cast<std::ptrdiff_t>(at), q, static_cast<std::ptrdiff_t>(tap)}).second)
            << "twice";
      }
  return pairs;
}

TEST(ConvLayout, EveryPairIsThereOnceWithItsTap) {
  for (const std::size_t positions : {1, 2, 3, 7, 20})
    for (const std::size_t kernel : {1, 2, 3, 5, 8, 25})
      for (const std::size_t stride : {1, 2, 3, 5, 30})
        for (const std::size_t padding : {0, 1, 2, 4, 12, 31}) {
          const Conv1d conv{kernel, stride, padding};
          const std::size_t targets = conv.target_positions(positions);
          if (targets == 0) continue;
          SCOPED_TRACE(std::to_string(positions) + " positions, kernel " + std::to_string(kernel) +
                       ", stride " + std::to_string(stride) + ", padding " + std::to_string(padding));
          const PopulationPlan from = layer(2, positions), to = layer(3, targets);
          ConnectionPlan c;
          c.conv = &conv;
          lay_out_convolution(c, from, to);
          const std::set<Pair> expected = pairs_of(conv, positions, targets);
          EXPECT_EQ(pairs_of_starts(c, from, to), expected);
          EXPECT_EQ(pairs_of_products(c, from, to), expected);
          EXPECT_LE(c.taps, 3 * kernel + 1);
        }
}

TEST(ConvLayout, PositionsThatALongStrideLeavesOutCostOneRow) {
  const Conv1d conv{2, 1'000'000, 1'000'000};
  ConnectionPlan c;
  c.conv = &conv;
  lay_out_convolution(c, layer(1, 20), layer(1, conv.target_positions(20)));
  EXPECT_EQ(c.targets, 1u);
  EXPECT_EQ(c.taps, 3u);
}

}  // namespace
}  // namespace spikegrad::cpu
