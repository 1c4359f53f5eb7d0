// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/comparison.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/example_results.hpp"

namespace spikegrad {
namespace {

using nlohmann::ordered_json;

ordered_json one_estimator(double bias, double bias_std_error) {
  return {{"parameters", {{{"name", "x->h"}, {"shape", {1, 2}}}}},
          {"truth", {{"method", "monte-carlo"}, {"gradient", {1.0, -1.0}}, {"std_error", {0.03, 0.0}}}},
          {"estimators",
           {{"surrogate",
             {{"samples", 100},
              {"mean", {1.0, -1.5}},
              {"std_error", {0.0, 0.04}},
              {"bias", bias},
              {"bias_std_error", bias_std_error},
              {"variance", 0.0},
              {"cosine", nullptr},
              {"sign_agreement", 1.0},
              {"seconds_per_sample", 1e-3}}}}}};
}

const Figure& figure_of(const FindingResult& section, const std::string& id) {
  for (const auto& figure : section.figures)
    if (figure.id == id) return figure;
  throw std::out_of_range(id);
}

TEST(Comparison, EstimatorsKeepTheOrderOfTheFileAndEveryFigureIsConsistent) {
  const FindingResult section = comparison_section(testing_support::example_comparison());
  ASSERT_EQ(section.tables.size(), 1u);
  ASSERT_EQ(section.tables[0].rows.size(), 10u);
  EXPECT_EQ(section.tables[0].rows[0][0], "exact");
  EXPECT_EQ(section.tables[0].rows[9][0], "mean-field");
  ASSERT_EQ(section.figures.size(), 3u);
  for (const auto& figure : section.figures) EXPECT_NO_THROW(check(figure)) << figure.id;
  EXPECT_TRUE(section.rows.empty());
}

TEST(Comparison, TheFrontierTakesTheBiasWithoutTheNoiseOfBothMeans) {
  // Without variance the curve is the bias alone: 0.13² = 0.12² + 0.05².
  const auto section = comparison_section(one_estimator(0.13, 0.05));
  const Panel& panel = figure_of(section, "compare-frontier").panels[0];
  ASSERT_EQ(panel.series.size(), 1u);
  EXPECT_NEAR(panel.series[0].y.back(), 0.12, 1e-12);
}

TEST(Comparison, ABiasWithinItsNoiseIsNone) {
  const auto section = comparison_section(one_estimator(0.0999, 0.05));
  EXPECT_TRUE(figure_of(section, "compare-frontier").panels[0].series.empty());
}

TEST(Comparison, WhoWasLeftOutIsNamed) {
  ordered_json comparison = one_estimator(0.1, 0.01);
  comparison["refused"] = {{"pfister", "the loss is no likelihood"}};
  EXPECT_EQ(comparison_section(comparison).notes,
            "<b>pfister</b> was left out: the loss is no likelihood.\n\n");
}

TEST(Comparison, WhatIsMissingIsAnError) {
  ordered_json broken = one_estimator(0.1, 0.01);
  broken.erase("truth");
  EXPECT_THROW(comparison_section(broken), nlohmann::json::exception);
  broken = one_estimator(0.1, 0.01);
  broken["estimators"]["surrogate"]["bias"] = "large";
  EXPECT_THROW(comparison_section(broken), nlohmann::json::exception);
}

}  // namespace
}  // namespace spikegrad
