// SPDX-License-Identifier: Apache-2.0
// F7 on few epochs of the real net, and its decisions on made-up measurements.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/figure/text.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f7_figures.hpp"
#include "spikegrad/findings/f7_histograms.hpp"
#include "spikegrad/findings/findings.hpp"

namespace spikegrad {
namespace {

MatchingPlan small_matching_plan() {
  MatchingPlan plan = matching_plan(false);
  plan.epochs = 2;
  plan.seeds = 2;
  plan.curve_points = 2;
  plan.curve_trials = 2;
  plan.statistics_trials = 3;
  plan.overrides.push_back("time.steps=60");
  plan.methods[0].overrides = {"training.trials=3"};
  plan.methods[2].overrides.push_back("training.trials=3");
  plan.methods[3].overrides.push_back("estimator.group=3");
  plan.methods[4].overrides.push_back("training.trials=3");
  plan.methods[4].overrides.push_back("training.trials=3");
  return plan;
}

TEST(MatchingFiles, DifferInTheKindOfUnitAndTheRatesAlone) {
  const Model noisy = load_experiment("matching-stochastic"),
              still = load_experiment("matching-deterministic");
  EXPECT_EQ(noisy.parameters, still.parameters);
  EXPECT_EQ(noisy.input.values, still.input.values);
  EXPECT_EQ(*target_of(noisy.loss), *target_of(still.loss));
  for (std::size_t p = 1; p < 3; ++p) {
    EXPECT_EQ(noisy.network.populations()[p].output, OutputKind::stochastic);
    EXPECT_EQ(still.network.populations()[p].output, OutputKind::deterministic);
  }
  // N(0, σ_u²/(n ν ε̂)), ε̂ = τ_s²/(2(τ_s + τ_m)); 80,000 weights, whose spread is known to 0.0009.
  double square = 0.0;
  for (const double w : noisy.parameters) square += w * w / static_cast<double>(noisy.parameters.size());
  EXPECT_NEAR(std::sqrt(square), 1.0 / std::sqrt(200 * 50 * 25e-6 / (2 * 15e-3)), 0.005);
}

TEST(SpikeTrainMatching, MeasuresTheSameOnAnyNumberOfThreads) {
  const MatchingPlan plan = small_matching_plan();
  Progress quiet;
  const MatchingMeasurement one = measure_matching(plan, {.threads = 1}, quiet),
                            two = measure_matching(plan, {.threads = 2}, quiet);
  ASSERT_EQ(one.runs.size(), 5u);
  for (std::size_t m = 0; m < one.runs.size(); ++m)
    for (std::size_t s = 0; s < 2; ++s) {
      EXPECT_EQ(one.runs[m][s].van_rossum, two.runs[m][s].van_rossum);
      EXPECT_EQ(one.runs[m][s].after.van_rossum, two.runs[m][s].after.van_rossum);
      EXPECT_EQ(one.runs[m][s].after.output_spikes, two.runs[m][s].after.output_spikes);
      EXPECT_EQ(one.runs[m][s].epochs.front(), 0.0);
      EXPECT_EQ(one.runs[m][s].epochs.back(), 2.0);
    }
  // All methods of stochastic nets begin with the same net and the same draws.
  EXPECT_EQ(one.runs[0][0].before.output_spikes, one.runs[2][0].before.output_spikes);
  EXPECT_NE(one.runs[0][0].after.output_spikes, one.runs[2][0].after.output_spikes);

  const FindingResult result = judge_matching(plan, one);
  for (const Figure& figure : result.figures) EXPECT_NO_THROW(check(figure)) << figure.id;
  for (const auto& cells : result.tables.at(0).rows) EXPECT_EQ(cells.size(), result.tables[0].header.size());
}

/// A measurement with the given van Rossum distances after training [method], those of the five seeds
/// `scatter` apart (relative), and Fano factors of the two kinds of net.
MatchingMeasurement made_up_matching(const std::vector<double>& trained, double noisy_fano, double still_fano,
                                     double scatter = 0.001) {
  static const Model noisy = load_experiment("matching-stochastic"),
                     still = load_experiment("matching-deterministic");
  MatchingMeasurement measured;
  for (std::size_t m = 0; m < trained.size(); ++m) {
    measured.models.push_back(m == 1 ? still : noisy);
    measured.runs.emplace_back();
    for (int s = -2; s <= 2; ++s) {
      MatchingRun run{.epochs = {0.0},
                      .van_rossum = {1.0},
                      .squared_error = {1.0},
                      .activity_epochs = {0.0},
                      .hidden = {{}},
                      .output = {{}},
                      .before = {},
                      .after = {}};
      const double fano = m == 1 ? still_fano : noisy_fano * (1.0 + 0.01 * s);
      for (MatchingSnapshot* snapshot : {&run.before, &run.after}) {
        snapshot->van_rossum = 1.0;
        snapshot->hidden.fano = snapshot->output.fano = fano;
        snapshot->hidden_spikes = snapshot->output_spikes = {SpikeRaster(189, 200)};
      }
      run.after.van_rossum = trained[m] * (1.0 + scatter * s * (m % 2 ? 1 : -1));
      measured.runs[m].push_back(std::move(run));
    }
  }
  measured.target = *target_of(measured.models[0].loss);
  return measured;
}

std::set<std::string> rows_with(Verdict verdict, const MatchingMeasurement& measured) {
  std::set<std::string> found;
  for (const FindingRow& row : judge_matching(matching_plan(false), measured).rows)
    if (row.verdict == verdict) found.insert(row.quantity.substr(0, row.quantity.find(',')));
  return found;
}

std::set<std::string> that_fail(const MatchingMeasurement& measured) {
  return rows_with(Verdict::contradicted, measured);
}

TEST(SpikeTrainMatching, ComparisonsWithOtherMethodsAreSideQuestions) {
  std::size_t side = 0;
  for (const FindingRow& row :
       judge_matching(matching_plan(false), made_up_matching({0.1, 0.1, 0.09, 0.8, 0.3}, 0.3, 0.0)).rows) {
    const bool other = row.quantity.find("over surrogate gradient") != std::string::npos;
    EXPECT_EQ(row.claim, !other) << row.quantity;
    side += other;
  }
  EXPECT_EQ(side, 2u);
}

TEST(SpikeTrainMatching, MoreSeedsAreTrainedForTheClaimAlone) {
  MatchingPlan plan = small_matching_plan();
  plan.seeds = 1;
  plan.epochs = 1;
  Progress quiet;
  MatchingMeasurement measured = measure_matching(plan, {.threads = 1}, quiet);
  const double first = measured.runs[0][0].after.van_rossum;
  add_seeds(measured, 2, plan, {.threads = 1}, quiet);
  plan.seeds = 2;
  const MatchingMeasurement at_once = measure_matching(plan, {.threads = 1}, quiet);
  EXPECT_EQ(measured.models.size(), 5u);
  EXPECT_EQ(measured.runs[0][0].after.van_rossum, first);
  for (const std::size_t claimed : {0u, 1u}) {
    ASSERT_EQ(measured.runs[claimed].size(), 2u);
    EXPECT_EQ(measured.runs[claimed][1].after.van_rossum, at_once.runs[claimed][1].after.van_rossum);
  }
  for (const std::size_t side : {2u, 3u, 4u}) EXPECT_EQ(measured.runs[side].size(), 1u);
}

TEST(SpikeTrainMatching, DecidesFromWhatWasMeasured) {
  EXPECT_EQ(that_fail(made_up_matching({0.1, 0.1, 0.2, 0.8, 0.3}, 0.3, 0.0)), std::set<std::string>{});
  EXPECT_EQ(rows_with(Verdict::undecided, made_up_matching({0.1, 0.1, 0.2, 0.8, 0.3}, 0.3, 0.0)),
            std::set<std::string>{});
  // Farther apart, five seeds leave it open, and the row says how many would not.
  const MatchingMeasurement open = made_up_matching({0.1, 0.1, 0.2, 0.8, 0.3}, 0.3, 0.0, 0.01);
  EXPECT_EQ(rows_with(Verdict::undecided, open), std::set<std::string>{"van Rossum distance after training"});
  EXPECT_NE(judge_matching(matching_plan(false), open).rows[2].remark.find("more seeds would decide it"),
            std::string::npos);
  // Planted: a stochastic net that lags behind, trials that are all alike, and a deterministic net that is
  // none.
  EXPECT_TRUE(that_fail(made_up_matching({0.15, 0.1, 0.2, 0.8, 0.3}, 0.3, 0.0))
                  .contains("van Rossum distance after training"));
  EXPECT_TRUE(that_fail(made_up_matching({0.1, 0.1, 0.2, 0.8, 0.3}, 0.0, 0.0))
                  .contains("Fano factor of hidden units after training"));
  EXPECT_EQ(that_fail(made_up_matching({0.1, 0.1, 0.2, 0.8, 0.3}, 0.3, 0.1)),
            std::set<std::string>{"the same"});
  EXPECT_EQ(that_fail(made_up_matching({0.1, 0.1, 0.09, 0.8, 0.3}, 0.3, 0.0)),
            std::set<std::string>{"van Rossum distance after as many trials"});
  EXPECT_EQ(that_fail(made_up_matching({0.1, 0.9, 0.2, 0.8, 0.3}, 0.3, 0.0)),
            std::set<std::string>{"surrogate"});
}

TEST(SpikeTrainMatching, APictureThatIsNotThereIsTheUsersError) {
  const FindingSettings settings{.target = "no \"such\" picture.png"};
  Progress quiet;
  const auto refused = [](const auto& work) {
    try {
      work();
      ADD_FAILURE() << "not refused";
    } catch (const UserError& error) {
      EXPECT_NE(std::string(error.what()).find("no \"such\" picture.png"), std::string::npos) << error.what();
    }
  };
  refused([&] { find_finding("F7").check(settings); });
  refused([&] { find_finding("F7").measure(settings, quiet); });
}

class InterruptsAfter final : public Progress {
 public:
  explicit InterruptsAfter(std::size_t samples) : left_(samples) {}
  void advance(std::size_t) override {
    if (left_-- == 0) throw Interrupted();
  }

 private:
  std::size_t left_;
};

TEST(SpikeTrainMatching, MeasuresRatesAndFanoFactorsOverTheEpochs) {
  Progress quiet;
  const MatchingMeasurement measured = measure_matching(small_matching_plan(), {.threads = 1}, quiet);
  for (const MatchingRun& run : measured.runs[0]) {
    EXPECT_EQ(run.activity_epochs,
              (std::vector<double>{0.0, 2.0}));  // of 0, 0, 2 epochs: every fourth, and the last
    ASSERT_EQ(run.hidden.size(), 2u);
    ASSERT_EQ(run.output.size(), 2u);
    for (const ActivityStatistics& s : run.hidden) EXPECT_GT(s.fano, 0.0);
  }
  for (const MatchingRun& run : measured.runs[1])
    for (const ActivityStatistics& s : run.hidden) {
      EXPECT_EQ(s.fano, 0.0);
      EXPECT_GT(s.rate, 0.0);
    }
}

TEST(Histogram, CountsEachValueOnce) {
  const std::vector<double> values{0.0, 0.5, 1.0, 1.5, 4.0, 9.0, -1.0, std::nan("")};
  const Series series = histogram("h", values, 0.0, 4.0, 4);
  EXPECT_EQ(series.x, (std::vector<double>{0.0, 1.0, 2.0, 3.0, 4.0}));
  EXPECT_EQ(series.y, (std::vector<double>{3.0 / 7, 2.0 / 7, 0.0, 2.0 / 7, 2.0 / 7}));
}

TEST(Histogram, IntervalsAreOfOneUnitAndOneTrial) {
  SpikeRaster a(10, 2), b(10, 2);
  a[1][0] = a[4][0] = a[9][0] = a[2][1] = 1;
  b[0][1] = b[1][1] = 1;
  EXPECT_EQ(intervals_of(std::vector{a, b}, 2e-3), (std::vector<double>{6.0, 10.0, 2.0}));
}

TEST(SpikeTrainMatching, CanBeInterrupted) {
  InterruptsAfter progress(5);
  EXPECT_THROW(measure_matching(small_matching_plan(), {.threads = 1}, progress), Interrupted);
}

}  // namespace
}  // namespace spikegrad
