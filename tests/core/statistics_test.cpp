// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/statistics.hpp"

#include <gtest/gtest.h>

#include <array>

#include "spikegrad/core/quantile.hpp"

namespace spikegrad {
namespace {

/// Of 12 samples of two components, the first half added one by one, the second merged.
VectorMoments in_two_parts(const std::vector<std::array<double, 2>>& samples, std::size_t cut) {
  VectorMoments first(2), second(2);
  for (std::size_t i = 0; i < samples.size(); ++i) (i < cut ? first : second).add(samples[i]);
  first.merge(second);
  return first;
}

TEST(VectorMoments, FourthMomentsAreThoseOfTheDefinitionHoweverTheSamplesAreSplit) {
  const std::vector<std::array<double, 2>> samples{
      {1.0, 5.0}, {2.0, -3.0}, {4.0, 0.5}, {8.0, 2.0}, {-3.0, 7.0}};
  for (std::size_t component = 0; component < 2; ++component) {
    double mean = 0.0, square = 0.0, fourth = 0.0;
    for (const auto& s : samples) mean += s[component] / 5.0;
    for (const auto& s : samples)
      square += std::pow(s[component] - mean, 2), fourth += std::pow(s[component] - mean, 4);
    for (std::size_t cut = 0; cut <= samples.size(); ++cut) {
      const VectorMoments m = in_two_parts(samples, cut);
      EXPECT_NEAR(m.variance()[component], square / 4.0, 1e-12) << cut;
      EXPECT_NEAR(m.effective_samples()[component], square * square / fourth, 1e-12) << cut;
    }
  }
}

TEST(VectorMoments, EffectiveSamplesCountWhatCarriesTheVariance) {
  VectorMoments coins(1), rare(1), same(1);
  for (int i = 0; i < 1000; ++i) {
    coins.add(std::array{i % 2 == 0 ? 1.0 : -1.0});
    rare.add(std::array{i == 400 ? 1.0 : 0.0});
    same.add(std::array{0.3});
  }
  EXPECT_NEAR(coins.effective_samples()[0], 1000.0, 1e-9);
  EXPECT_NEAR(rare.effective_samples()[0], 1.0, 0.01);
  EXPECT_EQ(same.effective_samples()[0], 0.0);
  EXPECT_EQ(same.variance()[0], 0.0);
}

TEST(Quantile, OfTheTables) {
  EXPECT_NEAR(normal_quantile(0.05), 1.959964, 1e-6);
  EXPECT_NEAR(normal_quantile(beyond_two_errors), 2.0, 1e-12);
  EXPECT_NEAR(student_quantile(0.05, 4.0), 2.776445, 1e-6);
  // Five standard errors of five values: p = 0.0075, not the normal number's 6e-7.
  EXPECT_NEAR(student_quantile(0.0074902, 4.0), 5.0, 1e-3);
  EXPECT_EQ(student_quantile(0.05, std::numeric_limits<double>::infinity()), normal_quantile(0.05));
  EXPECT_TRUE(std::isinf(student_quantile(0.05, 0.0)));
}

}  // namespace
}  // namespace spikegrad
