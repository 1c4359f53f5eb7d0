// SPDX-License-Identifier: Apache-2.0
// The page as text, and the result directories it is made from.
#include "spikegrad/report/report.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

#include "spikegrad/core/embedded.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/figure/json.hpp"
#include "spikegrad/report/html.hpp"
#include "tests/support/example_results.hpp"

namespace spikegrad {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The page without plotly.js, whose own text names addresses that it never asks for.
std::string own_part(std::string page) {
  const std::string plotly = script_code(embedded_file("plotly.min.js"));
  const auto at = page.find(plotly);
  if (at == std::string::npos) throw std::runtime_error("plotly.js is not in the page");
  return page.erase(at, plotly.size());
}

const std::string& example_page() {
  static const std::string page = own_part(render_report({testing_support::example_results()}));
  return page;
}

/// Whatever would make a browser ask for another file.
std::vector<std::string> references(const std::string& html) {
  static const std::regex pattern(
      R"re((?:src|href|action|data)\s*=\s*["'](?!#|data:)[^"']*|url\([^)]*|@import[^;]*|fetch\s*\(|https?:[^\s"'<]*)re");
  std::vector<std::string> found;
  for (auto it = std::sregex_iterator(html.begin(), html.end(), pattern); it != std::sregex_iterator(); ++it)
    found.push_back(it->str());
  return found;
}

std::vector<std::string> ids(const std::string& html) {
  static const std::regex pattern(R"re(\bid="([^"]*)")re");
  std::vector<std::string> found;
  for (auto it = std::sregex_iterator(html.begin(), html.end(), pattern); it != std::sregex_iterator(); ++it)
    found.push_back((*it)[1]);
  return found;
}

json data_of(const std::string& html) {
  const std::string open = R"(<script type="application/json" id="data">)";
  const auto begin = html.find(open) + open.size();
  return json::parse(html.substr(begin, html.find("</script>", begin) - begin));
}

TEST(Report, AsksForNothingOutsideItself) {
  EXPECT_EQ(references(example_page()), std::vector<std::string>());
}

TEST(Report, TheSearchForReferencesFindsPlantedOnes) {
  EXPECT_EQ(
      references(
          R"(<img src="a.png"> <a href='other.html'> <style>b{background:url(x.png)} @import "y";</style>)")
          .size(),
      4u);
  EXPECT_EQ(references(R"(<a href="#f1"> <link href="data:,">)").size(), 0u);
  EXPECT_EQ(references("x = fetch('y'); // https://example.org").size(), 2u);
}

TEST(Report, CarriesEveryFigureAsDataUnderAnAnchorOfItsOwn) {
  const Results results = testing_support::example_results();
  const std::string html = own_part(render_report({results, results}));
  const auto all = ids(html);
  const std::set<std::string> unique(all.begin(), all.end());
  EXPECT_EQ(unique.size(), all.size());
  std::size_t figures = 0;
  for (const auto& finding : results.findings) figures += finding.figures.size();
  const json data = data_of(html);
  ASSERT_EQ(data.size(), 2 * figures);
  for (const auto& entry : data) EXPECT_TRUE(unique.contains(entry.at("anchor"))) << entry.at("anchor");
  EXPECT_EQ(data[0].at("figure"), json(results.findings[0].figures[0]));
}

TEST(Report, EveryLinkWithinThePageLeadsSomewhere) {
  const std::string& html = example_page();
  const auto all = ids(html);
  const std::set<std::string> anchors(all.begin(), all.end());
  static const std::regex pattern(R"re(href="#([^"]*)")re");
  int links = 0;
  for (auto it = std::sregex_iterator(html.begin(), html.end(), pattern); it != std::sregex_iterator();
       ++it, ++links)
    EXPECT_TRUE(anchors.contains((*it)[1])) << (*it)[1];
  EXPECT_GT(links, 14);
}

TEST(Report, SaysWhatHoldsAndWhatDoesNot) {
  Results results = testing_support::example_results();
  std::string html = own_part(render_report({results}));
  EXPECT_NE(html.find("7 findings measured in 13 quantities: 6 hold, 1 is contradicted."), std::string::npos);
  EXPECT_NE(html.find("probability of at most 1·10⁻⁴"), std::string::npos);
  EXPECT_EQ(html.find("Side questions"), std::string::npos);
  for (auto& finding : results.findings)
    for (auto& row : finding.rows) row.verdict = Verdict::holds;
  results.findings[0].rows[0].verdict = Verdict::undecided;
  results.findings[0].rows[0].remark = "about 7 more seeds would decide it";
  html = own_part(render_report({results}));
  EXPECT_NE(html.find("6 hold, 1 is undecided."), std::string::npos);
  EXPECT_NE(html.find("about 7 more seeds would decide it"), std::string::npos);
  EXPECT_EQ(html.find("✗"), std::string::npos);
}

// The overview shows the headline; many rows are folded while all hold; what took less than a millisecond was
// measured together with another row and has no time.
TEST(Report, RowsAreFoldedAndTheOverviewShowsTheHeadline) {
  Results results;
  results.findings = {{.id = "F2", .title = "Layers", .rows = std::vector<FindingRow>(5)}};
  for (int i = 0; i < 5; ++i) {
    FindingRow& row = results.findings[0].rows[static_cast<std::size_t>(i)];
    row = {
        .id = "F2", .quantity = "quantity " + std::to_string(i), .value = 0.5 + i, .verdict = Verdict::holds};
    row.seconds = i == 0 ? 2.0 : 471e-9;
  }
  results.findings[0].rows[3].headline = true;
  std::string html = own_part(render_report({results}));
  EXPECT_NE(html.find("<span class=\"number\">3.5</span><span class=\"claim\">quantity 3</span>"),
            std::string::npos);
  EXPECT_NE(html.find("<details class=\"fold\"><summary>5 quantities: 5 hold</summary>"), std::string::npos);
  EXPECT_NE(html.find(">2 s</td>"), std::string::npos);
  EXPECT_EQ(html.find(" ns"), std::string::npos);
  results.findings[0].rows[1].verdict = Verdict::undecided;
  html = own_part(render_report({results}));
  EXPECT_NE(html.find("<details class=\"fold\" open><summary>5 quantities: 4 hold, 1 undecided</summary>"),
            std::string::npos);
}

TEST(Report, SideQuestionsStandApartAndDecideNothing) {
  Results results = testing_support::example_results();
  for (auto& finding : results.findings)
    for (auto& row : finding.rows) row.verdict = Verdict::holds;
  FindingRow& side = results.findings[1].rows.back();
  side.claim = false;
  side.verdict = Verdict::contradicted;
  const std::string html = own_part(render_report({results}));
  EXPECT_NE(html.find("7 findings measured in 13 quantities: 7 hold."), std::string::npos);
  const auto heading = html.find("<h3>Side questions, which do not decide the finding</h3>");
  ASSERT_NE(heading, std::string::npos);
  EXPECT_GT(html.find("contradicted</span>"), heading);
  EXPECT_NE(html.find("2 of 2"), std::string::npos);  // in the summary: the claims alone
}

TEST(Report, TextFromOutsideStaysText) {
  const std::string attack = "</script><script>alert(1)</script><img src=x onerror=alert(1)>";
  Results results;
  results.info = {.title = attack, .version = attack, .date = attack, .command = attack, .machine = attack};
  results.findings = {
      {.id = attack,
       .title = attack,
       .statement = attack,
       .method = attack,
       .rows = {{.id = attack, .quantity = attack, .rule = attack, .remark = attack}},
       .tables = {{.caption = attack, .header = {attack}, .rows = {{attack}}}},
       .figures = {{.id = "f",
                    .title = attack,
                    .caption = attack,
                    .panels = {{.title = attack, .x = {.label = attack}, .series = {{.name = attack}}}}}},
       .notes = attack}};
  const std::string html = own_part(render_report({results}));
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_EQ(html.find("<img"), std::string::npos);
  EXPECT_EQ(data_of(html)[0].at("figure").at("title"), attack);
}

TEST(Report, AnInconsistentFigureIsNotDrawn) {
  Results results = testing_support::example_results();
  results.findings[0].figures[0].panels[0].series[0].y.pop_back();
  EXPECT_THROW(render_report({results}), InternalError);
}

// ---- result directories ----

class ResultDirectory : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / (std::string("spikegrad-results-") +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// The message of the one-line UserError that reading gives.
  std::string refusal() const {
    try {
      read_results(folder_);
    } catch (const UserError& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.what();
    }
    return "no error";
  }

  fs::path folder_;
};

TEST_F(ResultDirectory, ComesBackAsItWasWritten) {
  const Results results = testing_support::example_results();
  write_results(folder_, results);
  const Results back = read_results(folder_);
  EXPECT_EQ(figures_json(back).dump(), figures_json(results).dump());
  EXPECT_EQ(findings_json(back.findings).dump(), findings_json(results.findings).dump());
  EXPECT_EQ(render_report({back}), read_file(folder_ / "report.html"));
}

TEST_F(ResultDirectory, ItsFindingsAreKnown) {
  EXPECT_EQ(finding_ids(folder_), std::vector<std::string>());
  write_results(folder_, testing_support::example_results());
  EXPECT_EQ(finding_ids(folder_), (std::vector<std::string>{"F1", "F2", "F3", "F4", "F5", "F6", "F7"}));
  write_file(folder_ / "findings.json", R"([{"quantity": "width"}])");
  EXPECT_THROW(finding_ids(folder_), UserError);
}

TEST_F(ResultDirectory, AComparisonIsASectionOfItsOwn) {
  write_file(folder_ / "compare.json", testing_support::example_comparison().dump());
  EXPECT_EQ(read_results(folder_).findings.size(), 1u);
  write_results(folder_, testing_support::example_results());
  EXPECT_EQ(read_results(folder_).findings.size(), 8u);
  write_report({folder_, folder_}, folder_ / "both.html");
  EXPECT_NE(read_file(folder_ / "both.html").find("id=\"r2-compare\""), std::string::npos);
}

TEST_F(ResultDirectory, WhatIsWrongIsNamed) {
  EXPECT_NE(refusal().find(folder_.string() + ": is no result directory"), std::string::npos) << refusal();
  write_results(folder_, testing_support::example_results());
  const std::string findings = read_file(folder_ / "findings.json"),
                    figures = read_file(folder_ / "figures.json");

  fs::remove(folder_ / "figures.json");
  EXPECT_NE(refusal().find("figures.json: cannot be read"), std::string::npos) << refusal();
  write_file(folder_ / "figures.json", "");
  EXPECT_NE(refusal().find("figures.json: is empty"), std::string::npos) << refusal();
  write_file(folder_ / "figures.json", figures.substr(0, figures.size() / 2));
  EXPECT_NE(refusal().find("figures.json: is not JSON"), std::string::npos) << refusal();
  write_file(folder_ / "figures.json", std::string("\x7f"
                                                   "ELF\0\1\xff",
                                                   7));
  EXPECT_NE(refusal().find("figures.json: is not JSON"), std::string::npos) << refusal();
  write_file(folder_ / "figures.json", "[1, 2]");
  EXPECT_NE(refusal().find("not what reproduce writes"), std::string::npos) << refusal();

  json other = json::parse(figures);
  other["findings"][0]["figures"][0]["panels"][0]["series"][0]["x"].push_back(1.0);
  write_file(folder_ / "figures.json", other.dump());
  EXPECT_NE(refusal().find("different lengths"), std::string::npos) << refusal();
  write_file(folder_ / "figures.json", figures);
  write_file(folder_ / "findings.json", R"([{"id": "F1"}])");
  EXPECT_NE(refusal().find("not what reproduce writes"), std::string::npos) << refusal();
  write_file(folder_ / "findings.json", findings);
  EXPECT_EQ(refusal(), "no error");
  write_file(folder_ / "compare.json", R"({"truth": {}})");
  EXPECT_NE(refusal().find("compare.json: is not what compare writes"), std::string::npos) << refusal();
}

}  // namespace
}  // namespace spikegrad
