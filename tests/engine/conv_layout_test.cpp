// SPDX-License-Identifier: Apache-2.0
// Both layouts of a convolution hold every pair of a source and a target unit once, with its tap, whatever kernel,
// stride, padding, dilation and groups are, along one axis and two.
#include "spikegrad/engine/cpu/conv_layout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "tests/support/dice.hpp"

namespace spikegrad::cpu {
namespace {

/// Source channel and position, target channel and position, tap.
using Link = std::array<std::size_t, 5>;

PopulationPlan layer(std::size_t channels, std::size_t rows, std::size_t columns) {
  PopulationPlan p;
  p.size = channels * rows * columns;
  p.channels = channels;
  p.positions = rows * columns;
  p.row_count = rows;
  return p;
}

Shape shape_of(const PopulationPlan& p) {
  return {p.channels, p.positions, p.row_count};
}

std::set<Link> links_of(const Window& window, const PopulationPlan& from, const PopulationPlan& to) {
  std::set<Link> links;
  window.for_each(shape_of(from), shape_of(to), [&](std::size_t i, std::size_t j, std::size_t k) {
    links.insert(
        {j / from.positions, j % from.positions, i / to.positions, i % to.positions, k % window.taps()});
  });
  return links;
}

/// What the spikes move.
std::set<Link> links_of_starts(const ConnectionPlan& c, const PopulationPlan& from,
                               const PopulationPlan& to) {
  std::set<Link> links;
  const Window& window = *c.conv;
  const std::size_t out = to.channels / window.groups, kernel = window.columns.kernel;
  EXPECT_EQ(c.starts.size(), from.size * c.runs);
  for (std::size_t j = 0; j < from.size; ++j)
    for (std::size_t run = 0; run < c.runs; ++run) {
      const ConvStart start = c.starts[j * c.runs + run];
      EXPECT_EQ(start.weight % c.out_padded, 0u);
      for (std::size_t i = 0; i < c.targets; ++i) {
        const std::size_t q = start.target / to.channels + i, group = start.target % to.channels / out,
                          down = i * window.columns.stride;
        EXPECT_EQ(start.target % to.channels % out, 0u);
        EXPECT_LT(q, to.positions);
        EXPECT_GE(start.weight / c.out_padded, down);
        const std::size_t row = start.weight / c.out_padded - down,
                          channel_rows = window.rows.kernel * c.taps;
        EXPECT_LT(row * c.out_padded, c.weight_count);
        if (row >= from.channels * channel_rows) continue;  // the rows of zeros
        EXPECT_EQ(row / channel_rows, j / from.positions) << "outside the channel's rows";
        const std::size_t tap = row % c.taps;
        if (tap < c.first_tap || tap >= c.first_tap + kernel) continue;  // a column of zeros
        const std::size_t k = row % channel_rows / c.taps * kernel + tap - c.first_tap;
        for (std::size_t o = 0; o < out; ++o)
          EXPECT_TRUE(links.insert({j / from.positions, j % from.positions, group * out + o, q, k}).second)
              << "twice";
      }
    }
  return links;
}

std::set<Link> links_of_products(const ConnectionPlan& c, const PopulationPlan& from,
                                 const PopulationPlan& to) {
  std::set<Link> links;
  const Window& window = *c.conv;
  const std::size_t columns = to.positions / to.row_count,
                    padded = c.columns_before + columns + c.columns_after,
                    source = from.positions / from.row_count;
  for (const ConvRows& rows : c.conv_rows)
    for (const ConvBackwardData& part : c.conv_backward_data)
      for (std::size_t m = 0; m < part.rows; ++m)
        for (std::size_t i = 0; i < part.taps; ++i) {
          const std::size_t at = part.first + m * window.columns.stride,
                            tap = part.tap + i * window.columns.stride;
          EXPECT_LT(at, source);
          EXPECT_LT(tap, window.columns.kernel);
          EXPECT_TRUE(part.at + m >= i && part.at + m - i < padded) << "outside the padded signals";
          const std::size_t q = part.at + m - i;
          if (q < c.columns_before || q >= c.columns_before + columns) continue;  // a column of zeros
          for (std::size_t o = 0; o < to.channels; ++o)
            for (std::size_t ch = 0; ch < from.channels / window.groups; ++ch)
              EXPECT_TRUE(
                  links
                      .insert({o / (to.channels / window.groups) * (from.channels / window.groups) + ch,
                               rows.source * source + at, o, rows.target * columns + q - c.columns_before,
                               rows.tap * window.columns.kernel + tap})
                      .second)
                  << "twice";
        }
  return links;
}

void check(const Window& window, const PopulationPlan& from, std::size_t out) {
  const std::size_t rows = window.rows.targets(from.row_count),
                    columns = window.columns.targets(from.positions / from.row_count);
  if (rows * columns == 0) return;
  const PopulationPlan to = layer(out, rows, columns);
  ConnectionPlan c;
  c.conv = window;
  lay_out_convolution(c, from, to);
  const std::set<Link> expected = links_of(window, from, to);
  EXPECT_EQ(links_of_starts(c, from, to), expected);
  EXPECT_EQ(links_of_products(c, from, to), expected);
  EXPECT_LE(c.taps, 3 * window.columns.kernel + 1);
}

TEST(ConvLayout, EveryPairIsThereOnceWithItsTap) {
  for (const std::size_t positions : {1, 2, 3, 7, 20})
    for (const std::size_t kernel : {1, 2, 3, 5, 8, 25})
      for (const std::size_t stride : {1, 2, 3, 5, 30})
        for (const std::size_t padding : {0, 1, 2, 4, 12, 31})
          for (const std::size_t dilation : {1, 2, 3}) {
            SCOPED_TRACE(std::to_string(positions) + " positions, kernel " + std::to_string(kernel) +
                         ", stride " + std::to_string(stride) + ", padding " + std::to_string(padding) +
                         ", dilation " + std::to_string(dilation));
            check({{}, {kernel, stride, padding, dilation}, 1}, layer(2, 1, positions), 3);
          }
}

TEST(ConvLayout, InRowsAndGroups) {
  testing::Dice dice(5);
  for (int round = 0; round < 400; ++round) {
    const auto axis = [&] {
      return WindowAxis{dice.between(1, 4), dice.between(1, 3), dice.below(4), dice.between(1, 3)};
    };
    const Window window{axis(), axis(), dice.between(1, 3)};
    SCOPED_TRACE("round " + std::to_string(round));
    check(window, layer(window.groups * dice.between(1, 2), dice.between(1, 5), dice.between(1, 6)),
          window.groups * dice.between(1, 3));
  }
}

TEST(ConvLayout, PositionsThatALongStrideLeavesOutCostOneRow) {
  const Conv1d conv{2, 1'000'000, 1'000'000};
  ConnectionPlan c;
  c.conv = conv.window();
  lay_out_convolution(c, layer(1, 1, 20), layer(1, 1, conv.target_positions(20)));
  EXPECT_EQ(c.targets, 1u);
  EXPECT_EQ(c.taps, 3u);
}

}  // namespace
}  // namespace spikegrad::cpu
