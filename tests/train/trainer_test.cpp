// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/measure/trials.hpp"
#include "spikegrad/model/model.hpp"

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

Progress silent;

std::vector<double> train(const Model& model, const TrainerSettings& settings, std::size_t epochs) {
  Trainer trainer(model.problem(), settings);
  for (std::size_t e = 0; e < epochs; ++e) trainer.epoch(silent);
  return {trainer.parameters().begin(), trainer.parameters().end()};
}

TEST(Trainer, AnEpochIsTheMeanOfItsTrialsAndOneStep) {
  const Model model = small_task();
  const TrainerSettings settings{.training = {.learning_rate = 0.5, .trials = 5}, .seed = 7, .threads = 2};
  Trainer trainer(model.problem(), settings);
  const EpochMetrics metrics = trainer.epoch(silent);

  const auto estimator = find_estimator("surrogate").make({});
  std::vector<double> gradient(model.parameters.size());
  std::vector<double> losses;
  for (std::uint32_t s = 0; s < 5; ++s) {
    CounterDraws draws(7, s, 0);
    losses.push_back(estimator->sample(model.problem(), draws, gradient));
  }
  double mean = 0.0, square = 0.0;
  for (const double l : losses) mean += l / 5.0;
  for (const double l : losses) square += (l - mean) * (l - mean) / 4.0;
  EXPECT_NEAR(metrics.loss, mean, 1e-14);
  EXPECT_NEAR(metrics.loss_std_error, std::sqrt(square / 5.0), 1e-14);
  EXPECT_EQ(metrics.epoch, 1u);
  double length = 0.0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    EXPECT_NEAR(trainer.parameters()[i], model.parameters[i] - 0.5 * gradient[i] / 5.0, 1e-13);
    length += gradient[i] * gradient[i] / 25.0;
  }
  ASSERT_GT(length, 0.0);
  EXPECT_NEAR(metrics.gradient_norm, std::sqrt(length), 1e-13);
}

TEST(Trainer, ResultsDoNotDependOnTheNumberOfThreads) {
  const Model model = small_task();
  // More trials than runs, and an estimator that remembers its earlier samples.
  for (const char* estimator : {"surrogate", "score-running-mean"}) {
    TrainerSettings settings{.training = {.estimator = estimator, .optimiser = "adam", .trials = 21}};
    settings.threads = 1;
    const auto one = train(model, settings, 5);
    settings.threads = 4;
    EXPECT_EQ(one, train(model, settings, 5)) << estimator;
    settings.seed = 2;
    EXPECT_NE(one, train(model, settings, 5)) << estimator;
  }
}

TEST(Trainer, LearnsASmallTask) {
  for (const char* output : {"stochastic", "deterministic"}) {
    const Model model = small_task(output);
    // The error (z - S)/Δu of the likelihood, for which an output that fires far from threshold is not out of
    // reach.
    Trainer trainer(model.problem(), {.training = {.learning_rate = 0.03, .trials = 10},
                                      .estimator = {.target_error = true, .target_width = 0.2}});
    EXPECT_EQ(trainer.samples_per_epoch(), output == std::string("stochastic") ? 10u : 1u);
    constexpr int epochs = 600, late = 100;
    double before = 0.0, after = 0.0;
    for (int e = 0; e < epochs; ++e) {
      const double loss = trainer.epoch(silent).loss;
      if (e == 0) before = loss;
      if (e >= epochs - late) after += loss / late;
    }
    EXPECT_LT(after, 0.5 * before) << output;
  }
}

TEST(Trainer, EachParameterBlockHasItsRate) {
  const Model model = small_task();
  const auto trained = train(model, {.training = {.learning_rates = {0.0, 1.0}}}, 3);
  const std::size_t first = model.network.blocks()[0].size;
  EXPECT_TRUE(std::equal(trained.begin(), trained.begin() + first, model.parameters.begin()));
  EXPECT_FALSE(std::equal(trained.begin() + first, trained.end(), model.parameters.begin() + first));
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

TEST(Trainer, AnInterruptedEpochLeavesTheParametersAlone) {
  const Model model = small_task();
  const TrainerSettings settings{.training = {.learning_rate = 0.5, .trials = 4}, .threads = 1};
  Trainer trainer(model.problem(), settings);
  InterruptsAfter progress(6);
  trainer.epoch(progress);
  EXPECT_THROW(trainer.epoch(progress), Interrupted);
  EXPECT_EQ(trainer.epochs(), 1u);
  EXPECT_EQ(std::vector<double>(trainer.parameters().begin(), trainer.parameters().end()),
            train(model, settings, 1));
  trainer.epoch(silent);  // the same draws as without the interruption
  EXPECT_EQ(std::vector<double>(trainer.parameters().begin(), trainer.parameters().end()),
            train(model, settings, 2));
}

TEST(Trainer, RefusesWhatItCannotTrain) {
  const Model model = small_task();
  const auto message = [&](const TrainerSettings& settings) -> std::string {
    try {
      Trainer(model.problem(), settings);
      return "no error";
    } catch (const UserError& error) {
      return error.what();
    }
  };
  EXPECT_NE(message({.training = {.estimator = "surogate"}}).find("did you mean 'surrogate'"),
            std::string::npos);
  EXPECT_NE(message({.training = {.estimator = "exact"}}).find("cannot be used on this model"),
            std::string::npos);
  EXPECT_NE(message({.training = {.optimiser = "smorms"}}).find("there are: sgd, adam"), std::string::npos);
  EXPECT_NE(message({.training = {.learning_rates = {1.0}}}).find("each of the 2 parameter blocks"),
            std::string::npos);
  EXPECT_NE(message({.training = {.learning_rate = -1.0}}).find("a number of 0 or more"), std::string::npos);
  EXPECT_NE(message({.training = {.trials = 0}}).find("1 or more"), std::string::npos);
  EXPECT_NE(message({.training = {.optimiser_settings = {.momentum = 1.0}}}).find("below 1"),
            std::string::npos);
}

TEST(Trainer, SaysWhereTheGradientIsNoLongerFinite) {
  Model model = small_task();
  model.parameters[0] = std::numeric_limits<double>::quiet_NaN();
  Trainer trainer(model.problem(), {});
  EXPECT_THROW(trainer.epoch(silent), UserError);
  EXPECT_EQ(trainer.epochs(), 0u);
}

}  // namespace
}  // namespace spikegrad
