// SPDX-License-Identifier: Apache-2.0
// The second half of F7: few samples and epochs of the real net, and its decisions on made-up measurements.
#include "spikegrad/findings/f7_classification.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/data/event_set.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "tests/support/scratch.hpp"

namespace spikegrad {
namespace {

ClassificationPlan small_classification_plan() {
  ClassificationPlan plan = classification_plan(false, {});
  plan.seeds = 2;
  plan.trials = 2;
  plan.randman = {.classes = 3, .samples_per_class = 6, .smoothness = 2.0};
  plan.test_samples_per_class = 4;
  plan.overrides = {"training.epochs=2", "training.batch=8", "population.h1.size=10", "population.h2.size=8"};
  return plan;
}

TEST(ClassificationFiles, TrainTheSameNetButForWhatTheMethodChanges) {
  const ClassificationPlan plan = classification_plan(false, {});
  ASSERT_EQ(plan.methods.size(), 4u);
  const auto model = [&](std::size_t m) {
    return load_experiment(plan.methods[m].file, plan.methods[m].overrides);
  };
  const Model noisy = model(0), still = model(1);
  EXPECT_GT(noisy.network.stochastic_spike_count(), 0u);
  EXPECT_EQ(still.network.stochastic_spike_count(), 0u);
  // The same numbers, scaled by σ_u = 1.3 and 1.
  ASSERT_EQ(noisy.parameters.size(), still.parameters.size());
  EXPECT_NEAR(noisy.parameters[0], 1.3 * still.parameters[0], 1e-12);
  EXPECT_EQ(model(2).parameters, noisy.parameters);
  EXPECT_EQ(model(3).parameters, noisy.parameters);
}

TEST(ClassificationFiles, ThePapersNetHasThePapersShapes) {
  const Model model = load_experiment("randman-conv");
  const auto& populations = model.network.populations();
  ASSERT_EQ(populations.size(), 5u);
  // 20 inputs, kernels 11, 5, 5 without padding: 10, 6 and 2 positions of 32, 64 and 128 filters.
  EXPECT_EQ(populations[1].size(), 320u);
  EXPECT_EQ(populations[2].size(), 384u);
  EXPECT_EQ(populations[3].size(), 256u);
  const ClassificationPlan plan = classification_plan(true, {});
  EXPECT_EQ(plan.randman.classes, 15u);
  EXPECT_EQ(plan.randman.samples_per_class, 1000u);
  EXPECT_EQ(plan.randman.smoothness, 0.5);
  // The Fano factor is that of 400 trials of one sample.
  EXPECT_EQ(plan.activity_samples, 1u);
  EXPECT_EQ(plan.activity_trials, 400u);
}

TEST(ClassificationFiles, OnDataThePapersNetIsThatOfTheFullRun) {
  for (const bool full : {false, true}) {
    const ClassificationPlan plan = classification_plan(full, "somewhere");
    for (const TrainingMethod& method : plan.methods) {
      EXPECT_EQ(method.file, full ? "digits-conv" : "digits-recurrent");
      const Model model = load_experiment(method.file, method.overrides);
      EXPECT_EQ(model.network.stochastic_spike_count() == 0, method.colour == "deterministic");
    }
  }
}

TEST(Classification, SlopesGrowEveryFiveEpochsAndTheOptimiserGoesOn) {
  ClassificationPlan plan = small_classification_plan();
  plan.seeds = 1;
  plan.claim_seeds = {1};
  plan.overrides[0] = "training.epochs=7";
  plan.methods.resize(1);
  Progress quiet;
  const auto run_with = [&](double anneal) {
    plan.methods[0].anneal = anneal;
    return measure_classification(plan, {.threads = 1}, quiet).runs[0][0];
  };
  // Slopes that grow by next to nothing: stopped, rebuilt and gone on with, training is what it was.
  const ClassificationRun still = run_with(0.0), tiny = run_with(1e-300), grown = run_with(5.0);
  ASSERT_EQ(still.training.size(), 7u);
  for (std::size_t epoch = 0; epoch < 7; ++epoch) {
    EXPECT_EQ(tiny.training[epoch].loss, still.training[epoch].loss);
    EXPECT_EQ(grown.training[epoch].loss == still.training[epoch].loss, epoch < 5) << epoch;
  }
  EXPECT_EQ(tiny.after.loss, still.after.loss);
  EXPECT_NE(grown.after.loss, still.after.loss);
}

/// A measurement with these test accuracies [method], those of the five seeds `scatter` apart, and Fano
/// factors.
ClassificationMeasurement made_up_classification(const std::vector<double>& accuracies, double noisy_fano,
                                                 double still_fano, double scatter = 0.0005) {
  static const Model model = load_experiment("randman");
  ClassificationMeasurement measured{.runs = {}, .models = {4, model}, .data = "made up", .classes = 10};
  for (std::size_t m = 0; m < accuracies.size(); ++m) {
    measured.runs.emplace_back();
    for (int s = -2; s <= 2; ++s) {
      ClassificationRun run{.training = {{.loss = 1.0, .accuracy = 0.5}}, .before = {}, .after = {}};
      const double fano = m == 1 ? still_fano : noisy_fano * (1.0 + 0.01 * s);
      for (Evaluation* e : {&run.before, &run.after}) {
        e->populations = {{"h1", {.rate = 10.0, .cv = 0.5, .fano = fano}},
                          {"h2", {.rate = 10.0, .cv = 0.5, .fano = fano}}};
        e->accuracy = accuracies[m] + scatter * s * (m % 2 ? 1 : -1);
        e->accuracy_interval = {e->accuracy - 0.02, e->accuracy + 0.02};
      }
      measured.runs[m].push_back(std::move(run));
    }
  }
  return measured;
}

TEST(Classification, InFullGrowingSlopesAreASideQuestion) {
  const ClassificationPlan plan = classification_plan(true, {});
  ASSERT_EQ(plan.methods.size(), 5u);
  EXPECT_EQ(plan.methods[4].anneal, 1.0);
  ClassificationMeasurement measured = made_up_classification({0.9, 0.9, 0.7, 0.3, 0.8}, 0.3, 0.0);
  measured.models.push_back(measured.models[0]);
  const FindingRow row = judge_classification(plan, measured).rows.back();
  EXPECT_FALSE(row.claim);
  EXPECT_NEAR(row.value, -0.1, 0.01);
}

TEST(Classification, MeasuresTheSameOnAnyNumberOfThreads) {
  const ClassificationPlan plan = small_classification_plan();
  Progress quiet;
  const ClassificationMeasurement one = measure_classification(plan, {.threads = 1}, quiet),
                                  two = measure_classification(plan, {.threads = 2}, quiet);
  ASSERT_EQ(one.runs.size(), 4u);
  EXPECT_EQ(one.classes, 3u);
  for (std::size_t m = 0; m < 4; ++m)
    for (std::size_t s = 0; s < 2; ++s) {
      const ClassificationRun &a = one.runs[m][s], &b = two.runs[m][s];
      ASSERT_EQ(a.training.size(), 2u);
      EXPECT_EQ(a.training[1].loss, b.training[1].loss);
      EXPECT_EQ(a.after.loss, b.after.loss);
      EXPECT_EQ(a.after.confusion, b.after.confusion);
      EXPECT_EQ(a.swapped_accuracy, b.swapped_accuracy);
      EXPECT_EQ(a.after.samples, 12u);
      EXPECT_EQ(a.after.trials, m == 1 ? 1u : 2u);
    }
  // Data and weights of the seeds differ; stochastic nets begin alike whatever trains them.
  EXPECT_NE(one.runs[0][0].before.loss, one.runs[0][1].before.loss);
  EXPECT_EQ(one.runs[0][0].before.loss, one.runs[2][0].before.loss);
  const FindingResult result = judge_classification(plan, one);
  for (const Figure& figure : result.figures) EXPECT_NO_THROW(check(figure)) << figure.id;
  for (const auto& cells : result.tables.at(0).rows) EXPECT_EQ(cells.size(), result.tables[0].header.size());
}

TEST(Classification, TakesDataOfTheUser) {
  const Scratch scratch;
  Progress quiet;
  write_event_set(make_randman({.classes = 3, .samples_per_class = 10, .smoothness = 2.0}, 1, quiet),
                  scratch / "made.h5");
  ClassificationPlan plan = classification_plan(false, scratch / "made.h5");
  plan.seeds = 1;
  plan.trials = 1;
  plan.overrides = {"training.epochs=1", "time.steps=30", "population.h.size=6"};
  const ClassificationMeasurement measured = measure_classification(plan, {.threads = 1}, quiet);
  // A single file: a fifth of every class is held out and judged.
  EXPECT_EQ(measured.runs[0][0].after.samples, 6u);
  EXPECT_EQ(measured.classes, 3u);
  plan.data = scratch / "none.h5";
  EXPECT_THROW(measure_classification(plan, {.threads = 1}, quiet), UserError);
  EXPECT_THROW(check_data(plan, {}), UserError);
  plan.data = scratch / "made.h5";
  EXPECT_NO_THROW(check_data(plan, {}));
}

TEST(Classification, MoreSeedsAreTrainedForTheClaimAlone) {
  ClassificationPlan plan = small_classification_plan();
  plan.seeds = 1;
  plan.overrides[0] = "training.epochs=1";
  Progress quiet;
  ClassificationMeasurement measured = measure_classification(plan, {.threads = 1}, quiet);
  const double first = measured.runs[0][0].after.loss;
  add_seeds(measured, 2, plan, {.threads = 1}, quiet);
  plan.seeds = 2;
  const ClassificationMeasurement at_once = measure_classification(plan, {.threads = 1}, quiet);
  ASSERT_EQ(measured.models.size(), 4u);
  EXPECT_EQ(measured.runs[0][0].after.loss, first);
  for (const std::size_t claimed : {0u, 1u}) {
    ASSERT_EQ(measured.runs[claimed].size(), 2u);
    EXPECT_EQ(measured.runs[claimed][1].after.loss, at_once.runs[claimed][1].after.loss);
  }
  for (const std::size_t side : {2u, 3u}) EXPECT_EQ(measured.runs[side].size(), 1u);
}

std::set<std::size_t> rows_with(Verdict verdict, const ClassificationMeasurement& measured) {
  const FindingResult result = judge_classification(classification_plan(false, {}), measured);
  EXPECT_EQ(result.rows.size(), 8u);
  std::set<std::size_t> found;
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    EXPECT_EQ(result.rows[i].claim, i < 6) << result.rows[i].quantity;
    if (result.rows[i].verdict == verdict) found.insert(i);
  }
  return found;
}

std::set<std::size_t> that_fail(const ClassificationMeasurement& measured) {
  return rows_with(Verdict::contradicted, measured);
}

TEST(Classification, DecidesFromWhatWasMeasured) {
  const std::vector<double> good{0.9, 0.9, 0.7, 0.3};
  EXPECT_EQ(rows_with(Verdict::holds, made_up_classification(good, 0.3, 0.0)).size(), 8u);
  // So many standard errors are asked for with five seeds that seeds a little apart leave it open.
  EXPECT_EQ(rows_with(Verdict::undecided, made_up_classification(good, 0.3, 0.0, 0.005)),
            std::set<std::size_t>{2});
  // Planted: a stochastic net that lags behind, untrained nets, trials all alike, a control that is none,
  // likelihood-based training that does as well.
  EXPECT_EQ(that_fail(made_up_classification({0.8, 0.9, 0.7, 0.3}, 0.3, 0.0)), std::set<std::size_t>{2});
  EXPECT_EQ(that_fail(made_up_classification({0.05, 0.05, 0.01, 0.01}, 0.3, 0.0)),
            (std::set<std::size_t>{0, 1}));
  EXPECT_EQ(that_fail(made_up_classification(good, 0.0, 0.0)), (std::set<std::size_t>{3, 4}));
  EXPECT_EQ(that_fail(made_up_classification(good, 0.3, 0.1)), std::set<std::size_t>{5});
  EXPECT_EQ(that_fail(made_up_classification({0.9, 0.9, 0.95, 0.3}, 0.3, 0.0)), std::set<std::size_t>{6});
  EXPECT_EQ(that_fail(made_up_classification({0.9, 0.9, 0.7, 0.95}, 0.3, 0.0)), std::set<std::size_t>{7});
  // No spikes, no Fano factor: nothing is decided that was not measured.
  EXPECT_EQ(rows_with(Verdict::undecided,
                      made_up_classification(good, std::numeric_limits<double>::quiet_NaN(), 0.0)),
            (std::set<std::size_t>{3, 4}));
}

}  // namespace
}  // namespace spikegrad
