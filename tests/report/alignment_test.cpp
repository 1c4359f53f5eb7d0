// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/alignment.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "spikegrad/core/error.hpp"
#include "spikegrad/report/report.hpp"

namespace spikegrad {
namespace {

nlohmann::ordered_json aligned_part(double cosine) {
  const auto measured = [](double value) {
    return nlohmann::ordered_json{{"value", value}, {"std_error", 0.1}};
  };
  return {{"cosine", measured(cosine)}, {"length", measured(0.5)}, {"bias", measured(0.7)}, {"noise", 2.0}};
}

nlohmann::ordered_json aligned_run() {
  nlohmann::ordered_json file{{"run", "runs/a"}, {"data", "d.h5"}, {"samples", 4}, {"training_samples", 9}};
  file["parameters"] = {"x->h", "h->o"};
  for (const int epoch : {0, 3}) {
    nlohmann::ordered_json entry{
        {"epoch", epoch}, {"loss", 1.5}, {"accuracy", nullptr}, {"rates", {{"h", 12.0}}}};
    entry["truth"] = {{"estimator", "counterfactual-k"}, {"draws", 40}, {"seconds", 1.0}};
    entry["truth"]["blocks"] = {{"x->h", {{"value", nullptr}, {"std_error", nullptr}}},
                                {"h->o", {{"value", 1.0}, {"std_error", 0.1}}}};
    nlohmann::ordered_json surrogate = aligned_part(0.8);
    surrogate["blocks"] = {{"x->h", aligned_part(0.6)}, {"h->o", aligned_part(0.9)}};
    if (epoch == 0) surrogate["blocks"]["x->h"]["cosine"]["value"] = nullptr;  // not to be said
    entry["estimators"] = {{"surrogate", surrogate}};
    entry["refused"] = {{"pfister", "needs a target"}};
    file["checkpoints"].push_back(entry);
  }
  return file;
}

TEST(AlignmentSection, DrawsWhatIsKnownOfEveryBlock) {
  const FindingResult section = alignment_section(aligned_run());
  ASSERT_EQ(section.figures.size(), 3u);
  const Figure& cosine = section.figures[0];
  EXPECT_NO_THROW(check(cosine));
  ASSERT_EQ(cosine.panels.size(), 3u);
  EXPECT_EQ(cosine.panels[0].series[0].x, (std::vector<double>{3.0})) << "epoch 0 is not known";
  EXPECT_EQ(cosine.panels[1].series[0].y, (std::vector<double>{0.9, 0.9}));
  EXPECT_EQ(cosine.panels[2].title, "all parameters");
  ASSERT_EQ(section.tables.size(), 2u);
  EXPECT_EQ(section.tables[0].rows.size(), 2u);
  EXPECT_EQ(section.tables[0].rows[0][2], "—") << "no accuracy without labels";
  EXPECT_EQ(section.tables[1].rows.size(), 3u);
  EXPECT_NE(section.notes.find("needs a target"), std::string::npos);
  EXPECT_NE(section.method.find("40 draws"), std::string::npos);
}

TEST(AlignmentSection, IsThePageOfItsFileAndOthersAreRefused) {
  const Results results = comparison_results(aligned_run().dump(), "compare.json");
  EXPECT_EQ(results.findings.at(0).id, "alignment");
  auto broken = aligned_run();
  broken["checkpoints"][0].erase("truth");
  EXPECT_THROW(comparison_results(broken.dump(), "compare.json"), UserError);
}

}  // namespace
}  // namespace spikegrad
