// SPDX-License-Identifier: Apache-2.0
// Several runs below one folder: which there are, what each changes, and what their means are means of.
#include "spikegrad/train/series.hpp"

#include <gtest/gtest.h>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/train/session.hpp"
#include "tests/support/scratch.hpp"
#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

using testing::labelled_task;
using testing::task_model;

std::string series_refusal(const Model& model, const SpikeData* data, bool by_speakers,
                           const std::vector<std::uint64_t>& seeds) {
  return refusal([&] { plan_series(model, data, by_speakers, seeds); });
}

/// Trains the run as the command does, and keeps the metrics that it writes.
void train(const SeriesRun& run, const std::filesystem::path& folder, const SpikeData& data) {
  const Model model = task_model("", overrides_of(run));
  TrainingSession session =
      TrainingSession::begin(model, std::make_shared<SpikeData>(data), {}, folder / run.name);
  session.run({}, no_progress(), [](const EpochMetrics&) {});
}

TEST(Series, AFoldForEachSpeakerAndSeed) {
  const SpikeData data = labelled_task(48);
  const auto folds = plan_series(task_model(), &data, true, {});
  ASSERT_EQ(folds.size(), 4u);
  EXPECT_EQ(folds[3].name, "speaker-3");
  EXPECT_EQ(folds[3].seed, 5u);
  const auto both = plan_series(task_model(), &data, true, {1, 2});
  ASSERT_EQ(both.size(), 8u);
  EXPECT_EQ(both[1].name, "speaker-0-seed-2");
  const auto seeds = plan_series(task_model(), &data, false, {7, 1});
  ASSERT_EQ(seeds.size(), 2u);
  EXPECT_EQ(seeds[0].name, "seed-7");
  EXPECT_FALSE(seeds[0].speaker);
}

TEST(Series, TheSpeakerThatJudgesIsHeardByNobodyAndChoosesNothing) {
  const SpikeData data = labelled_task(48);
  for (const SeriesRun& run : plan_series(task_model(), &data, true, {})) {
    const Model model = task_model("", overrides_of(run));
    EXPECT_FALSE(selects(model));
    const Split split = split_for(model, data);
    EXPECT_EQ(split.validation.size(), 12u);
    for (const std::uint32_t i : split.training) EXPECT_NE(data.speakers[i], *run.speaker);
    for (const std::uint32_t i : split.validation) EXPECT_EQ(data.speakers[i], *run.speaker);
  }
}

TEST(Series, RefusesWhatCannotBeFoldsOrWouldLetTheJudgeSteer) {
  SpikeData data = labelled_task(48);
  EXPECT_NE(series_refusal(task_model("schedule = 'plateau'"), &data, true, {}).find("plateau"),
            std::string::npos);
  EXPECT_NE(series_refusal(task_model("patience = 3"), &data, true, {}).find("patience"), std::string::npos);
  EXPECT_NE(series_refusal(task_model(), nullptr, true, {}).find("no data set"), std::string::npos);
  EXPECT_NE(series_refusal(task_model(), &data, true, {2, 2}).find("given once"), std::string::npos);
  std::fill(data.speakers.begin(), data.speakers.end(), std::uint16_t{1});
  EXPECT_NE(series_refusal(task_model(), &data, true, {}).find("two or more"), std::string::npos);
  data.speakers.clear();
  EXPECT_NE(series_refusal(task_model(), &data, true, {}).find("no speaker"), std::string::npos);
}

TEST(Series, ReadsBackAndSummarisesWhatItsRunsHaveCome) {
  const Scratch scratch;
  const SpikeData data = labelled_task(48);
  const std::vector<SeriesRun> runs = plan_series(task_model(), &data, true, {1, 2});
  write_series(scratch / "s", runs);
  ASSERT_TRUE(is_series(scratch / "s"));
  EXPECT_EQ(read_series(scratch / "s").size(), 8u);
  EXPECT_EQ(runs_of(scratch / "s")[2], scratch / "s" / "speaker-1-seed-1");
  EXPECT_EQ(runs_of(scratch / "other"), std::vector{scratch / "other"});
  EXPECT_THROW(summarise_series(scratch / "s"), UserError) << "no run is there";

  for (const SeriesRun& run : runs) train(run, scratch / "s", data);
  // What the runs say, written anew: speaker s is right with 0.2 s + 0.1 seed at the end, best in its second epoch.
  for (const SeriesRun& run : runs) {
    const auto file = scratch / "s" / run.name / "metrics.jsonl";
    const Model model = task_model("", overrides_of(run));
    std::string text;
    for (std::size_t e = 1; e <= 4; ++e) {
      EpochMetrics epoch{.epoch = e, .labelled = true, .validated = true};
      epoch.rates.assign(model.network.populations().size(), 0.0);
      epoch.validation.accuracy =
          0.2 * *run.speaker + 0.1 * static_cast<double>(run.seed) + (e == 2 ? 0.05 : 0.0);
      epoch.best = e <= 2;
      text += to_json(epoch, model.network) + "\n";
    }
    write_file(file, text);
  }
  const SeriesSummary summary = summarise_series(scratch / "s");
  ASSERT_EQ(summary.runs.size(), 8u);
  EXPECT_DOUBLE_EQ(summary.runs[3].accuracy, 0.4) << "the last epoch, whatever was best";
  EXPECT_DOUBLE_EQ(summary.runs[3].best, 0.45);
  EXPECT_EQ(summary.runs[3].best_epoch, 2u);
  EXPECT_EQ(summary.accuracy.count, 4u) << "speakers, each the mean of its seeds";
  EXPECT_NEAR(summary.accuracy.mean, 0.45, 1e-12);
  // Speakers at 0.15, 0.35, 0.55, 0.75: standard error 0.2582/2, t of three degrees of freedom 3.1824.
  EXPECT_NEAR(summary.accuracy.interval.first, 0.45 - 3.1824 * 0.12910, 1e-4);
  EXPECT_NEAR(summary.best.mean, 0.5, 1e-12);
  EXPECT_NE(describe(summary).find("0.4500 (0.0391 to 0.8609), mean over 4 speakers"), std::string::npos)
      << describe(summary);
  write_file(scratch / "s" / "series.json", to_json(summary));
  EXPECT_EQ(read_series(scratch / "s")[3].name, "speaker-1-seed-2") << "the summary is a series file too";
}

}  // namespace
}  // namespace spikegrad
