// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/dropout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace spikegrad {
namespace {

Network net_of(std::vector<double> dropouts, std::size_t size) {
  std::vector<Population> populations;
  for (const double q : dropouts) {
    Population& h = populations.emplace_back();
    h.name = std::string(1, 'h').append(std::to_string(populations.size()));
    h.unit = Lif{};
    h.shape = {1, size};
    h.dropout = q;
  }
  return Network({1e-3, 1}, populations, {});
}

// Two-sided 5 sigma: one false alarm in 1.7 million a share.
TEST(Dropout, TheShareOfUnitsAndTheFactorOfTheOthers) {
  constexpr std::size_t n = 40000;
  for (const double q : {0.1, 0.5, 0.8}) {
    const auto factors = draw_dropout_scale(net_of({q}, n), 3, 1, 2);
    const auto dropped = static_cast<double>(std::count(factors.begin(), factors.end(), 0.0));
    EXPECT_NEAR(dropped / n, q, 5.0 * std::sqrt(q * (1.0 - q) / n)) << q;
    EXPECT_EQ(static_cast<double>(std::count(factors.begin(), factors.end(), 1.0 / (1.0 - q))), n - dropped);
  }
}

TEST(Dropout, IsKeyedBySampleTrialSeedAndPopulation) {
  const Network network = net_of({0.5, 0.5}, 64);
  const auto factors = draw_dropout_scale(network, 3, 1, 2);
  EXPECT_EQ(factors, draw_dropout_scale(network, 3, 1, 2));
  EXPECT_NE(factors, draw_dropout_scale(network, 4, 1, 2));
  EXPECT_NE(factors, draw_dropout_scale(network, 3, 2, 2));
  EXPECT_NE(factors, draw_dropout_scale(network, 3, 1, 3));
  EXPECT_FALSE(std::equal(factors.begin(), factors.begin() + 64, factors.begin() + 64));
}

TEST(Dropout, OfStepsIsDrawnAnewInEachStep) {
  std::vector<Population> populations = net_of({0.5, 0.5}, 64).populations();
  populations[1].dropout_per = DropoutPer::step;
  const Network network({1e-3, 3}, populations, {});
  const auto factors = draw_dropout_scale(network, 3, 1, 2);
  ASSERT_EQ(factors.size(), 3u * 128u);
  EXPECT_EQ(factors, draw_dropout_scale(network, 3, 1, 2));
  const auto row = [&](std::size_t t, std::size_t first) {
    const auto begin = factors.begin() + static_cast<std::ptrdiff_t>(t * 128 + first);
    return std::vector<double>(begin, begin + 64);
  };
  EXPECT_EQ(row(0, 0), row(1, 0));
  EXPECT_NE(row(0, 64), row(1, 64));
  EXPECT_NE(row(1, 64), row(2, 64));
  EXPECT_EQ(dropout_factor(factors, 128, 2, 70), factors[2 * 128 + 70]);
  EXPECT_EQ(dropout_factor({}, 128, 2, 70), 1.0);
}

TEST(Dropout, WithoutItEveryUnitSends) {
  EXPECT_TRUE(draw_dropout_scale(net_of({0.0, 0.0}, 8), 3, 1, 2).empty());
  const auto factors = draw_dropout_scale(net_of({0.0, 0.5}, 64), 3, 1, 2);
  EXPECT_TRUE(std::all_of(factors.begin(), factors.begin() + 64, [](double m) { return m == 1.0; }));
}

}  // namespace
}  // namespace spikegrad
