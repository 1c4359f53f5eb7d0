// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "spikegrad/train/evaluation.hpp"
#include "spikegrad/train/fit.hpp"
#include "spikegrad/train/problem_task.hpp"
#include "spikegrad/train/trainer.hpp"

namespace spikegrad {
namespace {

/// Three neurons that are to fire at four given times.
Model small_task(const std::string& output = "stochastic") {
  return parse_model(R"(
seed = 3
[time]
dt = 1e-3
steps = 12
[[population]]
name = "x"
kind = "input"
size = 8
[[population]]
name = "h"
kind = "lif"
size = 30
output = ")" + output + R"("
escape = { kind = "sigmoid", beta = 10.0 }
[[population]]
name = "o"
kind = "lif"
size = 3
output = ")" + output + R"("
escape = { kind = "sigmoid", beta = 10.0 }
[[connection]]
from = "x"
to = "h"
init = { kind = "normal", mean = 1.0, std = 3.0 }
[[connection]]
from = "h"
to = "o"
init = { kind = "normal", mean = 1.0, std = 3.0 }
[input]
kind = "poisson"
rate = 200
[loss]
kind = "squared-error"
population = "o"
target = { kind = "spikes", spikes = [[5, 0], [5, 1], [9, 1], [9, 2]] }
)",
                     "small.toml");
}

/// A trainer and the task that it refers to; keeps its model.
struct ProblemTrainer {
  explicit ProblemTrainer(Model of, const EngineSettings& settings = {})
      : model(std::move(of)), task(model), trainer(model, task, settings) {}
  Trainer* operator->() { return &trainer; }

  Model model;
  ProblemTask task;
  Trainer trainer;
};

Model with(const Model& model, const TrainingSettings& training, const EstimatorSettings& estimator = {}) {
  Model changed = model;
  changed.training = training;
  changed.estimator = estimator;
  return changed;
}

std::vector<double> train(const Model& model, std::size_t epochs, const EngineSettings& settings = {}) {
  ProblemTrainer trainer(model, settings);
  for (std::size_t e = 0; e < epochs; ++e) trainer->epoch(no_progress());
  return {trainer->parameters().begin(), trainer->parameters().end()};
}

TEST(ProblemTask, AnEpochIsTheMeanOfItsTrialsAndOneStep) {
  Model model = with(small_task(), {.learning_rate = 0.5, .trials = 5});
  model.seed = 7;
  ProblemTrainer trainer(model, {EngineKind::reference, 2});
  const EpochMetrics metrics = trainer->epoch(no_progress());

  std::vector<double> gradient(model.parameters.size());
  const Problem problem = model.problem();
  ProblemSampler sampler(problem, find_estimator("surrogate"));
  double mean = 0.0;
  for (std::uint32_t k = 0; k < 5; ++k) {
    CounterDraws draws(7, 0, k);
    mean += sampler.sample(draws, gradient) / 5.0;
  }
  EXPECT_NEAR(metrics.training.loss, mean, 1e-14);
  EXPECT_EQ(metrics.epoch, 1u);
  EXPECT_FALSE(metrics.labelled);
  EXPECT_FALSE(metrics.validated);
  double length = 0.0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    EXPECT_NEAR(trainer->parameters()[i], model.parameters[i] - 0.5 * gradient[i] / 5.0, 1e-13);
    length += gradient[i] * gradient[i] / 25.0;
  }
  ASSERT_GT(length, 0.0);
  EXPECT_NEAR(metrics.gradient_norm, std::sqrt(length), 1e-13);
}

TEST(ProblemTask, ResultsDoNotDependOnTheNumberOfThreads) {
  // More trials than a group has, and an estimator that remembers its earlier samples.
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference})
    for (const char* estimator : {"surrogate", "score-running-mean"}) {
      Model model = with(small_task(), {.estimator = estimator, .optimiser = "adam", .trials = 70});
      const auto one = train(model, 5, {kind, 1});
      EXPECT_EQ(one, train(model, 5, {kind, 4})) << estimator;
      model.seed = 2;
      EXPECT_NE(one, train(model, 5, {kind, 4})) << estimator;
    }
}

TEST(ProblemTask, IsLearnt) {
  for (const char* output : {"stochastic", "deterministic"}) {
    // The error (z - S)/Δu of the likelihood, for which an output that fires far from threshold is not out of
    // reach.
    constexpr std::size_t epochs = 600, late = 100;
    const Model model = with(small_task(output), {.learning_rate = 0.03, .epochs = epochs, .trials = 10},
                             {.target_error = true, .target_width = 0.2});
    ProblemTask task(model);
    EXPECT_EQ(Trainer(model, task).trials_per_epoch(), output == std::string("stochastic") ? 10u : 1u);
    const FitResult result = fit(model);
    ASSERT_EQ(result.epochs.size(), epochs);
    EXPECT_NE(result.parameters, model.parameters);
    double after = 0.0;
    for (std::size_t e = epochs - late; e < epochs; ++e) after += result.epochs[e].training.loss / late;
    EXPECT_LT(after, 0.5 * result.epochs[0].training.loss) << output;

    const Evaluation judged = evaluate(model, result.parameters, task, {.trials = 50}, no_progress());
    EXPECT_FALSE(judged.labelled);
    EXPECT_LT(judged.loss, 0.5 * result.epochs[0].training.loss) << output;
    EXPECT_EQ(judged.populations.size(), 2u);
  }
}

TEST(ProblemTask, EachParameterBlockHasItsRate) {
  const Model model = small_task();
  const auto trained = train(with(model, {.learning_rates = {0.0, 1.0}}), 3);
  const std::size_t first = model.network.blocks()[0].size;
  for (std::size_t i = 0; i < first; ++i) EXPECT_EQ(trained[i], model.parameters[i]);
  EXPECT_FALSE(std::equal(trained.begin() + first, trained.end(), model.parameters.begin() + first));
}

TEST(ProblemTask, AnInterruptedRunGoesOnToTheSameBits) {
  struct InterruptsAfter final : Progress {
    int left = 3;
    void advance(std::size_t) override {
      if (left-- == 0) throw Interrupted();
    }
  } impatient;
  const Model model =
      with(small_task(), {.estimator = "score-running-mean", .learning_rate = 0.1, .trials = 4});
  ProblemTrainer first(model);
  EXPECT_THROW(
      {
        for (;;) first->epoch(impatient);
      },
      Interrupted);
  const Archive saved = from_bytes(to_bytes(first->save()), "saved");
  ProblemTrainer second(model);
  second->restore(saved);
  while (second->state().epoch < 5) second->epoch(no_progress());
  EXPECT_EQ(std::vector<double>(second->parameters().begin(), second->parameters().end()), train(model, 5));
}

TEST(ProblemTask, RefusesWhatItCannotTrain) {
  const auto message = [&](const TrainingSettings& settings) -> std::string {
    try {
      ProblemTrainer trainer(with(small_task(), settings));
      return "no error";
    } catch (const UserError& error) {
      return error.what();
    }
  };
  EXPECT_NE(message({.estimator = "surogate"}).find("did you mean 'surrogate'"), std::string::npos);
  EXPECT_NE(message({.estimator = "exact"}).find("cannot be used here"), std::string::npos);
  EXPECT_NE(message({.optimiser = "smorms"}).find("there are: sgd, adam"), std::string::npos);
  EXPECT_NE(message({.learning_rates = {1.0}}).find("each of the 2 parameter blocks"), std::string::npos);
  EXPECT_NE(message({.learning_rate = -1.0}).find("a number of 0 or more"), std::string::npos);
  EXPECT_NE(message({.trials = 0}).find("1 or more"), std::string::npos);
  EXPECT_NE(message({.optimiser_settings = {.momentum = 1.0}}).find("below 1"), std::string::npos);
}

TEST(ProblemTask, SaysWhereTheGradientIsNoLongerFinite) {
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference}) {
    // A width whose inverse leaves the engine's range; the CPU engine takes denormal numbers for 0.
    const double width = kind == EngineKind::cpu ? 1e-300 : 1e-310;
    const Model model = with(small_task(), {}, {.target_error = true, .target_width = width});
    ProblemTrainer trainer(model, {kind});
    EXPECT_THROW(trainer->epoch(no_progress()), UserError);
    EXPECT_EQ(trainer->state().update, 0.0);
    EXPECT_TRUE(std::equal(model.parameters.begin(), model.parameters.end(), trainer->parameters().begin()));
  }
  Model damaged = small_task();
  damaged.parameters[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(ProblemTrainer{damaged}, UserError);
}

// A model made in code may lack what a model file always has.
TEST(ProblemTask, AModelWithoutItsInputIsRefused) {
  Model model = small_task();
  model.input = {};
  EXPECT_THROW(ProblemTask{model}, UserError);
  EXPECT_THROW(fit(model), UserError);
}

}  // namespace
}  // namespace spikegrad
