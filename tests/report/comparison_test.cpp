// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/comparison.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "spikegrad/report/sweep.hpp"
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

TEST(Sweep, WhatHasNoDerivativeIsSaidAndNotDrawn) {
  const auto point = [](const char* sigma, double first) {
    const auto estimator = [](double a, double b, double bias, double variance) {
      return ordered_json{{"samples", 100},       {"mean", {a, b}},    {"bias", bias},
                          {"variance", variance}, {"cosine", nullptr}, {"seconds_per_sample", 1e-3}};
    };
    return ordered_json{{"values", {sigma}},
                        {"truth", {{"gradient", {first, 0.0}}}},
                        {"estimators",
                         {{"score", estimator(0.0, 0.0, first, 0.0)},
                          {"surrogate", estimator(2.0, 0.0, 2.0 - first, 0.0)},
                          {"disarm", estimator(first == 1.0 ? 0.0 : 0.1, 0.0, 0.5, 0.25)},
                          {"exact", estimator(first, 0.0, 0.0, 0.0)}}}};
  };
  const ordered_json sweep{{"sweep", {{"sigma", {"0.1", "1"}}}},
                           {"points", {point("0.1", 1.0), point("1", 0.5)}}};
  const FindingResult section = sweep_section(sweep);
  EXPECT_NE(section.method.find("no derivative here: score."), std::string::npos) << section.method;
  const auto names = [&](const std::string& id) {
    std::vector<std::string> found;
    for (const Series& series : figure_of(section, id).panels[0].series) found.push_back(series.name);
    return found;
  };
  // A bias and a variance of 0 have no place on a logarithmic axis.
  EXPECT_EQ(names("sweep-bias"), (std::vector<std::string>{"surrogate", "disarm"}));
  EXPECT_EQ(names("sweep-variance"), std::vector<std::string>{"disarm"});
}

const Panel& frontier_in(const FindingResult& section) {
  return figure_of(section, "compare-frontier").panels[0];
}

// 100 samples of one biased estimator: chance reaches 1.98 standard errors (Student's t, 99 degrees, 5 %).
TEST(Comparison, ABiasThatChanceMakesIsNone) {
  EXPECT_TRUE(frontier_in(comparison_section(one_estimator(0.0991, 0.05))).series.empty());
  EXPECT_FALSE(frontier_in(comparison_section(one_estimator(0.0993, 0.05))).series.empty());
}

// The fault: an unbiased estimator whose samples lie 2.3 standard errors off, as one in forty does, had a floor.
TEST(Comparison, AnUnbiasedEstimatorHasNoFloorWhateverItsSamplesSay) {
  ordered_json comparison = one_estimator(0.115, 0.05);
  ordered_json& entry = comparison["estimators"]["surrogate"];
  entry["variance"] = 4.0;
  EXPECT_GT(frontier_in(comparison_section(comparison)).series[0].y.back(), 0.1);
  entry["unbiased"] = true;
  EXPECT_NEAR(frontier_in(comparison_section(comparison)).series[0].y.back(), std::sqrt(4.0 / 1000), 1e-12);
}

// Ten biased estimators are ten tests: each has a tenth of the 5 %, which is 2.87 standard errors.
TEST(Comparison, TheLevelIsCorrectedForTheNumberOfTests) {
  ordered_json comparison = one_estimator(0.14, 0.05);
  const ordered_json entry = comparison["estimators"]["surrogate"];
  for (int i = 0; i < 9; ++i) comparison["estimators"]["other" + std::to_string(i)] = entry;
  EXPECT_TRUE(frontier_in(comparison_section(comparison)).series.empty());
  comparison["estimators"]["other3"]["bias"] = 0.145;
  EXPECT_EQ(frontier_in(comparison_section(comparison)).series.size(), 1u);
}

TEST(Comparison, WhoseErrorsAreDoubtedIsMarkedEverywhere) {
  ordered_json comparison = one_estimator(0.13, 0.05);
  comparison["estimators"]["surrogate"]["doubt"] = "the variance rests on 2 of its 100 samples";
  const FindingResult section = comparison_section(comparison);
  EXPECT_EQ(section.tables[0].rows[0][0], "surrogate !");
  EXPECT_EQ(frontier_in(section).series[0].name, "surrogate !");
  EXPECT_EQ(frontier_in(section).series[0].colour, "surrogate");
  EXPECT_NE(section.notes.find("<b>surrogate</b>: the variance rests on 2"), std::string::npos);
}

TEST(Comparison, IsNamedByItsModelAndWhatWasChanged) {
  ordered_json comparison = one_estimator(0.13, 0.05);
  EXPECT_EQ(comparison_info(comparison, "a/compare.json").title, "Estimators compared: a/compare.json");
  comparison["provenance"] = {{"model", "net.toml"},
                              {"set", {"time.steps=4"}},
                              {"seed", 7},
                              {"date", "2026-11-28"},
                              {"command", "spikegrad compare net.toml"},
                              {"version", "0.1.0"},
                              {"commit", "abc"}};
  const RunInfo info = comparison_info(comparison, "a/compare.json");
  EXPECT_EQ(info.title, "Estimators compared: net.toml, time.steps=4");
  EXPECT_EQ(info.version, "0.1.0, commit abc");
  EXPECT_EQ(info.seed, 7u);
  EXPECT_EQ(info.command, "spikegrad compare net.toml");
  EXPECT_EQ(comparison_section(comparison).title, "Bias, variance and cost: net.toml, time.steps=4");
}

TEST(Comparison, BlocksAreASectionWhereThereAreSeveral) {
  ordered_json comparison = one_estimator(0.13, 0.05);
  ordered_json& entry = comparison["estimators"]["surrogate"];
  const ordered_json part{{"bias", 0.1}, {"signs", {{"right", 1}, {"wrong", 0}, {"undecided", 2}}}};
  entry["blocks"]["x->h"] = part;
  EXPECT_EQ(comparison_sections(comparison).size(), 1u);
  entry["blocks"]["h->y"] = part;
  const auto sections = comparison_sections(comparison);
  ASSERT_EQ(sections.size(), 2u);
  const auto& row = sections[1].tables[0].rows[1];
  EXPECT_EQ(row[0], "h->y");
  EXPECT_EQ(row[6], "1 of 1");
  EXPECT_EQ(row[7], "2");
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
