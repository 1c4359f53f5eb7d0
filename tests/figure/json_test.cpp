// SPDX-License-Identifier: Apache-2.0
// What is written is read back: every field of every struct is set to something other than its default, so
// that a field forgotten in the JSON makes the second text differ from what was set.
#include "spikegrad/figure/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "spikegrad/core/error.hpp"
#include "tests/support/example_parts.hpp"

namespace spikegrad {
namespace {

using nlohmann::json;
using testing_support::nan;

Figure full_figure() {
  Axis x{
      .label = "time (ms)", .log = true, .reversed = true, .range = {{1.0, 3.0}}, .categories = {"a", "b"}};
  Panel panel{.title = "left",
              .x = x,
              .y = {.label = "rate (Hz)"},
              .series = {{.name = "truth",
                          .x = {1.0, 2.0},
                          .y = {0.1, nan},
                          .std_error = {0.01, 0.02},
                          .lower = {0.0, 0.0},
                          .upper = {1.0, 1.0},
                          .style = Style::bars,
                          .colour = "exact",
                          .labels = {"p", "q"},
                          .angle = {0.0, 3.0},
                          .dx = {1.0, 2.0},
                          .dy = {-1.0, 0.5}}},
              .map = Map{.x = {0.0, 1.0},
                         .y = {0.0},
                         .z = {nan, 2.0},
                         .label = "bias",
                         .scale = Map::Scale::diverging,
                         .centre = 0.5,
                         .log = true,
                         .contours = true,
                         .range = {{-1.0, 1.0}},
                         .text = {"", "2"},
                         .missing = "too large"},
              .raster = Raster{.steps = 3, .units = 2, .dt = 2e-3, .events = {{2, 1}}, .colour = "target"},
              .references = {{.direction = Direction::x, .at = 0.25, .label = "minimum", .colour = "exact"}},
              .intervals = {{.direction = Direction::y, .from = 0.1, .to = 0.2, .label = "signs differ"}},
              .equal_scale = true,
              .label_lines = true,
              .transposed = true};
  return {.id = "f3-sign", .title = "Sign", .caption = "What is seen.", .panels = {panel, {}}, .columns = 3};
}

constexpr const char* full_text = R"json({
  "id": "f3-sign", "title": "Sign", "caption": "What is seen.", "columns": 3,
  "panels": [
    {"title": "left",
     "x": {"label": "time (ms)", "log": true, "reversed": true, "range": [1.0, 3.0], "categories": ["a", "b"]},
     "y": {"label": "rate (Hz)", "log": false, "reversed": false},
     "series": [{"name": "truth", "x": [1.0, 2.0], "y": [0.1, null], "std_error": [0.01, 0.02],
                 "lower": [0.0, 0.0], "upper": [1.0, 1.0], "style": "bars", "colour": "exact",
                 "labels": ["p", "q"], "angle": [0.0, 3.0], "dx": [1.0, 2.0], "dy": [-1.0, 0.5]}],
     "map": {"x": [0.0, 1.0], "y": [0.0], "z": [null, 2.0], "label": "bias", "scale": "diverging", "centre": 0.5,
             "log": true, "contours": true, "range": [-1.0, 1.0], "text": ["", "2"], "missing": "too large"},
     "raster": {"steps": 3, "units": 2, "dt": 0.002, "events": [[2, 1]], "colour": "target"},
     "references": [{"direction": "x", "at": 0.25, "label": "minimum", "colour": "exact"}],
     "intervals": [{"direction": "y", "from": 0.1, "to": 0.2, "label": "signs differ"}],
     "equal_scale": true, "label_lines": true, "transposed": true},
    {"x": {"log": false, "reversed": false}, "y": {"log": false, "reversed": false}, "equal_scale": false, "label_lines": false, "transposed": false}]
})json";

TEST(FigureJson, EveryFieldIsWritten) {
  const json figure = full_figure();
  EXPECT_EQ(json::parse(figure.dump()), json::parse(full_text));
}

TEST(FigureJson, RoundTrip) {
  const std::string text = json(full_figure()).dump();
  const Figure back = json::parse(text).get<Figure>();
  EXPECT_EQ(json(back).dump(), text);
  EXPECT_TRUE(std::isnan(back.panels[0].series[0].y[1]));
  EXPECT_EQ(back.panels[0].raster->events[0].step, 2u);
  EXPECT_EQ(back.panels[0].map->scale, Map::Scale::diverging);
}

TEST(FigureJson, WhatIsNotAFigureIsRejected) {
  EXPECT_THROW(json::parse(R"({"id": 3})").get<Figure>(), json::exception);
  EXPECT_THROW(json::parse("[]").get<Figure>(), json::exception);
  json wrong_style = full_figure();
  wrong_style["panels"][0]["series"][0]["style"] = "wiggly";
  EXPECT_THROW(wrong_style.get<Figure>(), json::exception);
  json wrong_list = full_figure();
  wrong_list["panels"][0]["series"][0]["x"] = "1, 2";
  EXPECT_THROW(wrong_list.get<Figure>(), json::exception);
}

// Files of before a switch was there are read.
TEST(FigureJson, AMissingSwitchKeepsItsDefault) {
  json figure = full_figure();
  figure["panels"][0].erase("label_lines");
  EXPECT_FALSE(figure.get<Figure>().panels[0].label_lines);
  json row = FindingRow{.id = "F1", .headline = true};
  row.erase("headline");
  row.erase("claim");
  EXPECT_FALSE(row.get<FindingRow>().headline);
  EXPECT_TRUE(row.get<FindingRow>().claim);
  row.erase("quantity");
  row.erase("verdict");
  EXPECT_THROW(row.get<FindingRow>(), json::exception);
}

Results full_results() {
  return {.info = {.title = "t",
                   .version = "1.2",
                   .seed = 18446744073709551615u,
                   .date = "2025-01-02",
                   .command = "spikegrad reproduce",
                   .machine = "2 cores",
                   .seconds = 61.5},
          .findings = {
              {.id = "F3",
               .title = "Opposite sign",
               .statement = "s",
               .method = "m",
               .rows = {{.id = "F3",
                         .quantity = "width",
                         .value = 0.25,
                         .std_error = 0.125,
                         .interval = {{0.5, nan}},
                         .rule = "> 0",
                         .verdict = Verdict::undecided,
                         .claim = false,
                         .remark = "more",
                         .seconds = 1.5},
                        {.id = "F3", .quantity = "minimum", .value = nan, .verdict = Verdict::contradicted}},
               .tables = {{.caption = "c", .header = {"a", "b"}, .rows = {{"1", "2"}}}},
               .figures = {full_figure()},
               .notes = "n"},
              {.id = "F4",
               .title = "No surrogate loss",
               .statement = "s4",
               .rows = {{.id = "F4", .quantity = "integral", .value = 1.0, .verdict = Verdict::holds}}}}};
}

TEST(FindingJson, RowsAreTheDocumentedList) {
  const json findings = json::parse(findings_json(full_results().findings).dump());
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0], json::parse(R"({"id": "F3", "quantity": "width", "value": 0.25, "std_error": 0.125,
                                         "interval": [0.5, null], "rule": "> 0", "verdict": "undecided",
                                         "holds": false, "claim": false, "headline": false, "remark": "more", "seconds": 1.5})"));
  EXPECT_TRUE(findings[1]["value"].is_null());
  EXPECT_EQ(findings[1]["verdict"], "contradicted");
  EXPECT_EQ(findings[1]["holds"], false);
  EXPECT_EQ(findings[2]["holds"], true);
  EXPECT_FALSE(findings[1].contains("std_error"));
  EXPECT_EQ(findings[2]["id"], "F4");
}

TEST(FindingJson, BothFilesTogetherGiveTheResultsBack) {
  const Results results = full_results();
  const json findings = json::parse(findings_json(results.findings).dump());
  const json figures = json::parse(figures_json(results).dump());
  const Results back = results_from_json(findings, figures);
  EXPECT_EQ(json::parse(findings_json(back.findings).dump()), findings);
  EXPECT_EQ(json::parse(figures_json(back).dump()), figures);
  EXPECT_EQ(back.info.seed, results.info.seed);
  EXPECT_EQ(back.findings[0].notes, "n");
  EXPECT_EQ(back.findings[0].tables[0].rows[0][1], "2");
  EXPECT_EQ(verdict_of(back.findings[0]), Verdict::contradicted);
  EXPECT_EQ(verdict_of(back.findings[1]), Verdict::holds);
  EXPECT_DOUBLE_EQ(seconds(back.findings[0]), 1.5);
}

TEST(FindingVerdict, ComesFromTheClaims) {
  const FindingRow holds{.verdict = Verdict::holds}, open{.verdict = Verdict::undecided},
      wrong{.verdict = Verdict::contradicted}, side{.verdict = Verdict::contradicted, .claim = false};
  EXPECT_EQ(verdict_of(std::vector{holds, side}), Verdict::holds);
  EXPECT_EQ(verdict_of(std::vector{holds, open}), Verdict::undecided);
  EXPECT_EQ(verdict_of(std::vector{open, wrong, holds}), Verdict::contradicted);
  EXPECT_EQ(verdict_of(std::vector{side}), std::nullopt);
  EXPECT_EQ(count_rows(std::vector{holds, side, wrong}, Verdict::contradicted), 1u);
  EXPECT_EQ(count_rows(std::vector{holds, side, wrong}, Verdict::contradicted, false), 1u);
}

TEST(FindingHeadline, IsTheMarkedRowOrTheFirstClaim) {
  FindingResult finding{
      .id = "F1",
      .rows = {{.quantity = "side", .claim = false}, {.quantity = "control"}, {.quantity = "bias"}}};
  EXPECT_EQ(headline_of(finding)->quantity, "control");
  finding.rows[2].headline = true;
  EXPECT_EQ(headline_of(finding)->quantity, "bias");
  finding.rows.resize(1);
  EXPECT_EQ(headline_of(finding)->quantity, "side");
  finding.rows.clear();
  EXPECT_EQ(headline_of(finding), nullptr);
}

TEST(FindingVerdict, OnlyAContradictedClaimFailsUnlessStrict) {
  const auto finding = [](Verdict verdict, bool claim) {
    return FindingResult{.id = "F1",
                         .rows = {{.verdict = Verdict::holds}, {.verdict = verdict, .claim = claim}}};
  };
  const auto pass = [&](Verdict verdict, bool claim, bool strict) {
    return passes(std::vector{finding(Verdict::holds, true), finding(verdict, claim)}, strict);
  };
  for (const bool strict : {false, true}) {
    EXPECT_TRUE(pass(Verdict::holds, true, strict));
    EXPECT_EQ(pass(Verdict::undecided, true, strict), !strict);
    EXPECT_FALSE(pass(Verdict::contradicted, true, strict));
    EXPECT_TRUE(pass(Verdict::contradicted, false, strict));
    EXPECT_TRUE(pass(Verdict::undecided, false, strict));
  }
}

TEST(FindingJson, ARowWithoutSectionIsNotLost) {
  Results results = full_results();
  const json findings = findings_json(results.findings);
  results.findings.pop_back();
  const Results back = results_from_json(findings, figures_json(results));
  ASSERT_EQ(back.findings.size(), 2u);
  EXPECT_EQ(back.findings[1].id, "F4");
  EXPECT_EQ(back.findings[1].rows.size(), 1u);
}

TEST(FigureCheck, AcceptsTheFullFigure) {
  EXPECT_NO_THROW(check(full_figure()));
}

TEST(FigureCheck, CatchesEachPlantedFault) {
  const auto rejects = [](auto&& spoil) {
    Figure figure = full_figure();
    spoil(figure);
    EXPECT_THROW(check(figure), InternalError);
  };
  rejects([](Figure& f) { f.id = "F3 sign"; });
  rejects([](Figure& f) { f.id.clear(); });
  rejects([](Figure& f) { f.panels.clear(); });
  rejects([](Figure& f) { f.panels[0].series[0].y.pop_back(); });
  rejects([](Figure& f) { f.panels[0].series[0].dx.pop_back(); });
  rejects([](Figure& f) { f.panels[0].series[0].dy.clear(); });
  rejects([](Figure& f) { f.panels[0].equal_scale = false; });  // arrows
  rejects([](Figure& f) { f.panels[0].series[0].std_error.pop_back(); });
  rejects([](Figure& f) { f.panels[0].series[0].upper.clear(); });
  rejects([](Figure& f) { f.panels[0].series[0].labels.pop_back(); });
  rejects([](Figure& f) { f.panels[0].series[0].angle.pop_back(); });
  rejects([](Figure& f) { f.panels[0].map->z.pop_back(); });
  rejects([](Figure& f) { f.panels[0].map->text.pop_back(); });
  rejects([](Figure& f) { f.panels[0].raster->events.push_back({.step = 3, .unit = 0}); });
}

}  // namespace
}  // namespace spikegrad
