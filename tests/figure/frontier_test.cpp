// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/figure/frontier.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace spikegrad {
namespace {

TEST(Frontier, BeginsAtOneSampleAndFallsToTheBias) {
  const EstimatorCost cost{.name = "surrogate", .bias = 0.3, .variance = 4.0, .seconds_per_sample = 1e-5};
  const Series series = frontier(cost, 1e3, 41);
  ASSERT_EQ(series.x.size(), 41u);
  EXPECT_NEAR(series.x.front(), 1e-5, 1e-18);
  EXPECT_NEAR(series.x.back(), 1e3, 1e-9);
  EXPECT_NEAR(series.y.front(), std::sqrt(0.09 + 4.0), 1e-12);
  EXPECT_NEAR(series.y.back(), 0.3, 1e-6);
  // Half-way in the logarithm of time: n = 1e4 samples.
  EXPECT_NEAR(series.y[20], std::sqrt(0.09 + 4.0 / 1e4), 1e-12);
}

TEST(Frontier, NothingIsReachedBeforeOneSample) {
  EXPECT_TRUE(frontier({.name = "slow", .variance = 1.0, .seconds_per_sample = 2.0}, 1.0).x.empty());
  EXPECT_TRUE(frontier({.name = "unknown", .variance = 1.0, .seconds_per_sample = 0.0}, 1.0).x.empty());
}

TEST(Frontier, ThePanelEndsAtAThousandSamplesOfTheSlowestAndTheExactAreLines) {
  const Panel panel =
      frontier_panel({{.name = "exact", .seconds_per_sample = 1e-5},
                      {.name = "differences", .bias = 1e-9, .seconds_per_sample = 1e-2},
                      {.name = "score", .variance = 9.0, .seconds_per_sample = 1e-6},
                      {.name = "unknown", .bias = 0.1, .variance = std::nan(""), .seconds_per_sample = 1e-6},
                      {.name = "mean-field", .bias = 0.2, .seconds_per_sample = 1e-6}});
  ASSERT_EQ(panel.series.size(), 2u);
  EXPECT_EQ(panel.series[0].name, "score");
  EXPECT_NEAR(panel.series[0].x.back(), 2e-2, 1e-9);  // twice the time of the slowest exact one
  EXPECT_DOUBLE_EQ(panel.series[1].y.front(), 0.2);
  ASSERT_EQ(panel.references.size(), 2u);
  EXPECT_EQ(panel.references[1].label, "differences: no error");
  EXPECT_EQ(panel.references[1].at, 1e-2);
  // One that is off by orders of magnitude makes nobody else exact.
  const Panel wild =
      frontier_panel({{.name = "wild", .bias = 1e11, .variance = 1e22, .seconds_per_sample = 1e-6},
                      {.name = "surrogate", .bias = 0.06, .variance = 0.1, .seconds_per_sample = 1e-6},
                      {.name = "mean-field", .bias = 0.2, .seconds_per_sample = 1e-6}});
  EXPECT_TRUE(wild.references.empty());
  EXPECT_EQ(wild.series.size(), 3u);
  const Panel noisy = frontier_panel({{.name = "score", .variance = 9.0, .seconds_per_sample = 1e-6}});
  EXPECT_NEAR(noisy.series[0].x.back(), 1e-3, 1e-12);
}

}  // namespace
}  // namespace spikegrad
