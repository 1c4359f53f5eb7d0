// SPDX-License-Identifier: Apache-2.0
// Sections of the report of training runs: what they show is what the run's folder and its weights say.
#include "spikegrad/view/run_report.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "spikegrad/core/file.hpp"
#include "spikegrad/data/patterns.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/run.hpp"
#include "tests/support/scratch.hpp"
#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

namespace fs = std::filesystem;

class RunReport : public ::testing::Test {
 protected:
  RunReport() {
    const PoissonSettings patterns{.classes = 3, .units = 12, .rate = 100.0, .duration = 0.04};
    write_event_set(make_poisson_patterns(patterns, {.samples_per_class = 20, .jitter = 2e-3, .seed = 1}),
                    scratch / "task_train.h5");
    write_event_set(
        make_poisson_patterns(patterns, {.samples_per_class = 7, .jitter = 2e-3, .seed = 1, .part = 1}),
        scratch / "task_test.h5");
  }

  /// A run of four epochs; `test` is the test file that it remembers.
  fs::path train(const std::string& name, const std::vector<std::string>& overrides,
                 const std::string& test = "task_test.h5") const {
    const Model model = testing::task_model("", overrides);
    const SpikeData data = read_data(scratch / "task_train.h5", model);
    RunDescription info = describe_run(model, EngineKind::cpu, &data);
    info.set = overrides;
    info.command = "spikegrad train task.toml";
    info.data->training = (scratch / "task_train.h5").string();
    if (!test.empty()) info.data->test = (scratch / test).string();
    const RunDirectory directory = RunDirectory::create(scratch / name, model, info);
    testing::DataTrainer trainer(model, data, {.threads = 1});
    Progress quiet;
    run_training(*trainer, directory, model.network, "", {}, quiet, [](const EpochMetrics&) {});
    return directory.folder();
  }
  static RunView view(const fs::path& folder, RunViewSettings settings = {}) {
    Progress quiet;
    settings.engine.threads = 1;
    return view_run(folder, settings, quiet);
  }
  static void expect_consistent(const std::vector<FindingResult>& sections) {
    std::vector<std::string> ids;
    for (const FindingResult& section : sections) {
      EXPECT_TRUE(section.rows.empty()) << section.id;
      for (const Figure& figure : section.figures) {
        EXPECT_NO_THROW(check(figure)) << figure.id;
        EXPECT_EQ(std::ranges::count(ids, figure.id), 0) << figure.id;
        ids.push_back(figure.id);
      }
      for (const Table& table : section.tables)
        for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.header.size()) << table.caption;
    }
  }
  static const std::vector<std::string>& row_of(const Table& table, const std::string& name) {
    const auto found = std::ranges::find_if(table.rows, [&](const auto& row) { return row[0] == name; });
    EXPECT_NE(found, table.rows.end()) << name;
    return found == table.rows.end() ? table.rows.at(0) : *found;
  }

  Scratch scratch;
};

TEST_F(RunReport, SpeakersOfTheTestDataHaveATableOfTheirOwn) {
  std::vector<RunView> runs{view(train("one", {})), view(train("two", {"seed=2"}))};
  label_runs(runs);
  EXPECT_EQ(run_sections(runs, {})[0].tables.size(),
            2u);  // judgement, summary: the patterns have no speakers
  runs[0].judged->speakers = {{3, 10, 0.5, {0.25, 0.75}}};
  runs[1].judged->speakers = {{1, 20, 0.75, {0.5, 0.875}}};
  const std::vector<FindingResult> sections = run_sections(runs, {});
  expect_consistent(sections);
  ASSERT_EQ(sections[0].tables.size(), 3u);
  const std::vector<std::vector<std::string>> expected{{"1", "–", "0.7500 (0.5000 to 0.8750, 20 samples)"},
                                                       {"3", "0.5000 (0.2500 to 0.7500, 10 samples)", "–"}};
  EXPECT_EQ(sections[0].tables[1].rows, expected);
}

TEST_F(RunReport, RunsThatDifferInTheirSeedAloneAreOneRowOfTheSummary) {
  std::vector<RunView> runs{view(train("a", {"seed=1"})), view(train("b", {"seed=2"})),
                            view(train("c", {"seed=1", "training.select=last"}))};
  label_runs(runs);
  for (RunView& run : runs) run.info.set.clear();
  runs[0].judged->accuracy = 0.6;
  runs[1].judged->accuracy = 0.7;
  runs[2].judged->accuracy = 0.5;
  runs[2].judged->accuracy_interval = {0.25, 0.75};
  const Table table = summary_table(runs);
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0][0], "a, b");
  EXPECT_EQ(table.rows[0][4], "1, 2");
  // standard error 0.05, t of one degree of freedom 12.706: wider than probabilities go
  EXPECT_EQ(table.rows[0][5], "0.6500 (0.0147 to 1.0000)");
  EXPECT_EQ(table.rows[1][0], "c");
  EXPECT_EQ(table.rows[1][3], "last epoch");
  EXPECT_EQ(table.rows[1][5], "0.5000 (0.2500 to 0.7500)");

  const std::string csv = summary_csv(runs), latex = summary_latex(runs);
  EXPECT_NE(csv.find("\na b,"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",1 2,"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",0.5,0.25,0.75,"), std::string::npos) << csv;
  EXPECT_NE(latex.find("0.650 (0.015 to 1.000) \\\\"), std::string::npos) << latex;
  runs[2].info.selection = "by 50 % of a_b";
  EXPECT_NE(summary_latex(runs).find("by 50 \\% of a\\_b"), std::string::npos);
}

TEST_F(RunReport, OneRunIsShownAsItsFolderAndWeightsSay) {
  std::vector<RunView> runs{view(train("one", {}), {.trials = 2, .samples = 2, .sample_trials = 5})};
  label_runs(runs);
  const RunView& run = runs[0];
  EXPECT_EQ(run.label, "one");
  EXPECT_EQ(run.epochs.size(), 4u);
  ASSERT_TRUE(run.judged);
  EXPECT_EQ(run.missing, "");
  ASSERT_EQ(run.samples.size(), 2u);
  EXPECT_EQ(run.samples[1].label, 1u);  // of 3 classes, at 0 and 3/2
  EXPECT_EQ(run.samples[0].predictions.size(), 5u);

  const std::vector<FindingResult> sections = run_sections(runs, {});
  expect_consistent(sections);
  ASSERT_EQ(sections.size(), 3u);  // judgement, training, the run
  const Table& table = sections[0].tables.at(0);
  EXPECT_EQ(row_of(table, "test samples, trials of each")[1], "21, 2");
  EXPECT_NE(row_of(table, "weights of epoch")[1].find(" of 4"), std::string::npos);

  const Table& architecture = sections[2].tables.at(0);
  ASSERT_EQ(architecture.rows.size(), 3u);
  EXPECT_EQ(architecture.rows[1][1], "16");
  EXPECT_EQ(architecture.rows[1][3].substr(0, 3), "lif");
  EXPECT_NE(architecture.rows[1][2].find("(dense, 192 weights)"), std::string::npos)
      << architecture.rows[1][2];
  EXPECT_NE(sections[2].method.find("Made by spikegrad train task.toml, begun 20"), std::string::npos)
      << sections[2].method;

  const std::vector<Figure>& figures = sections[2].figures;
  ASSERT_EQ(figures.size(), 5u);  // confusion, two samples, trials, statistics
  // Each class has 7 samples in 2 trials: a row of the confusion counts 14, its shares are 1 together.
  const Map& confusion = *figures[0].panels.at(0).map;
  for (std::size_t c = 0; c < 3; ++c) {
    int trials = 0;
    double share = 0.0;
    for (std::size_t a = 0; a < 3; ++a) {
      const std::string& text = confusion.text[3 * c + a];
      trials += text.empty() ? 0 : std::stoi(text);
      share += confusion.z[3 * c + a];
    }
    EXPECT_EQ(trials, 14);
    EXPECT_NEAR(share, 1.0, 1e-12);
  }
  // Input, hidden layer, readout; the input is the sample's own spikes.
  ASSERT_EQ(figures[1].panels.size(), 3u);
  const SpikeData data = read_data(scratch / "task_test.h5", run.model);
  EXPECT_EQ(figures[1].panels[0].raster->events.size(), data.spikes(run.samples[0].sample).size());
  EXPECT_EQ(figures[1].panels[1].raster->units, 16u);
  EXPECT_EQ(figures[1].panels[2].series.size(), 3u);
  // Every panel of the histograms holds all units that have a value.
  for (const Panel& panel : figures[4].panels)
    for (const Series& series : panel.series) {
      double sum = 0.0;
      for (const double y : series.y) sum += y;
      EXPECT_LE(sum, 100.0 + 1e-9);
      EXPECT_GT(sum, 0.0);
    }
  double sum = 0.0;
  for (const double y : figures[4].panels[0].series.at(0).y) sum += y;
  EXPECT_NEAR(sum, 100.0, 1e-9);  // every unit has a rate
}

TEST_F(RunReport, RunsSideBySideShowWhatDiffers) {
  std::vector<RunView> runs{
      view(train("a", {"seed=1"})),
      view(train("b", {"seed=2", "population.h.output=deterministic", "connection.x->h.init.sigma_u=2"}))};
  label_runs(runs);
  const std::vector<FindingResult> sections = run_sections(runs, {});
  expect_consistent(sections);
  ASSERT_EQ(sections.size(), 5u);
  const Table& differences = sections[1].tables.at(0);
  EXPECT_EQ(row_of(differences, "seed"), (std::vector<std::string>{"seed", "1", "2"}));
  EXPECT_EQ(row_of(differences, "population.h.output"),
            (std::vector<std::string>{"population.h.output", "stochastic", "deterministic"}));
  // The resolved file holds weights in place of initialisers: what was set is known from the command.
  EXPECT_EQ(row_of(differences, "connection.x->h.init.sigma_u")[2], "2");
  EXPECT_EQ(differences.rows.size(), 3u);
  EXPECT_EQ(sections[0].figures.at(0).id, "accuracy");
  for (const Panel& panel : sections[2].figures.at(0).panels) EXPECT_EQ(panel.series.size(), 2u);
  // Trials of a deterministic net are all alike, and not shown.
  const auto has_trials = [](const FindingResult& section) {
    return std::ranges::any_of(section.figures, [](const Figure& f) { return f.id.ends_with("trials"); });
  };
  EXPECT_TRUE(has_trials(sections[3]));
  EXPECT_FALSE(has_trials(sections[4]));

  const auto same = run_sections({runs[0], runs[0]}, {});
  EXPECT_TRUE(same[1].tables.empty());
}

TEST_F(RunReport, PenaltiesAreCurvesWhereAModelHasThem) {
  const auto penalties = [](const std::vector<RunView>& runs) {
    const Figure figure = curves_figure(runs);
    const auto panel =
        std::ranges::find_if(figure.panels, [](const Panel& p) { return p.title == "penalty"; });
    return panel == figure.panels.end() ? std::vector<Series>() : panel->series;
  };
  const RunView without = view(train("without", {}));
  const RunView with = view(train("with", {"regulariser=[{ kind = 'upper-bound', population = 'h' }]"}));
  EXPECT_TRUE(penalties({without}).empty());
  ASSERT_EQ(penalties({with}).size(), 1u);
  EXPECT_GT(penalties({with})[0].y.at(0), 0.0);
  const std::vector<Series> both = penalties({without, with});
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].y.at(0), 0.0);
  EXPECT_EQ(both[1].y, penalties({with})[0].y);
}

TEST_F(RunReport, WithoutDataItShowsWhatTheFolderHoldsAndSaysSo) {
  for (const std::string test : {"", "gone.h5"}) {
    const RunView run = view(train("run" + test, {}, test));
    EXPECT_FALSE(run.judged);
    EXPECT_NE(run.missing.find("--data"), std::string::npos) << run.missing;
    const std::vector<FindingResult> sections = run_sections({run}, {});
    expect_consistent(sections);
    EXPECT_NE(sections[0].method.find("is not judged"), std::string::npos);
    EXPECT_EQ(sections[1].figures.at(0).panels.at(0).series.at(0).y.size(), 4u);
    // Data that are given are taken.
    EXPECT_TRUE(view(scratch / ("run" + test), {.data = scratch / "task_test.h5"}).judged);
  }
  EXPECT_NE(refusal([&] { view(scratch / "run", {.data = scratch / "none.h5"}); }).find("none.h5"),
            std::string::npos);
}

TEST_F(RunReport, ChosenUnitsAreShown) {
  const std::vector<RunView> runs{view(train("one", {}), {.samples = 1})};
  const std::vector<FindingResult> sections = run_sections(runs, {{"h", 3}, {"h", 11}});
  const auto figure =
      std::ranges::find_if(sections.back().figures, [](const Figure& f) { return f.id.ends_with("trials"); });
  ASSERT_NE(figure, sections.back().figures.end());
  ASSERT_EQ(figure->panels.size(), 2u);
  EXPECT_EQ(figure->panels[1].title, "h[11]");
  EXPECT_EQ(figure->panels[1].raster->units, 20u);  // trials
  for (const UnitName& wrong : {UnitName{"h", 16}, UnitName{"o", 0}, UnitName{"none", 0}})
    EXPECT_NE(refusal([&] { run_sections(runs, {wrong}); }).find(wrong.first), std::string::npos);
}

TEST_F(RunReport, DamagedMetricsAreTheUsersError) {
  const fs::path folder = train("one", {});
  write_file(folder / "metrics.jsonl", "{\"epoch\": 1}\n");
  EXPECT_NE(refusal([&] { view(folder); }).find("metrics.jsonl"), std::string::npos);
}

}  // namespace
}  // namespace spikegrad
