// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "models.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/estimator_info.hpp"
#include "spikegrad/measure/trials.hpp"
#include "spikegrad/model/model.hpp"
#include "tests/support/thread_ranks.hpp"

namespace spikegrad {
namespace {

Model two_layers() {
  return parse_model(models::two_layers, "two-layers");
}

TEST(SampleGradient, DoesNotDependOnTheNumberOfThreads) {
  const Model model = two_layers();
  Progress quiet;
  for (const char* name : {"score-running-mean", "counterfactual-k"}) {
    const auto run = [&](unsigned threads) {
      return sample_gradient(model.problem(), find_estimator(name), {}, {.samples = 101, .threads = threads},
                             quiet);
    };
    const SampledGradient one = run(1), three = run(3);
    EXPECT_EQ(one.gradient.mean(), three.gradient.mean()) << name;
    EXPECT_EQ(one.gradient.variance(), three.gradient.variance()) << name;
    EXPECT_EQ(one.gradient.count(), 101u);
  }
}

TEST(SampleGradient, DoesNotDependOnTheNumberOfRanks) {
  const Model model = two_layers();
  const auto numbers = [&](std::size_t samples, Ranks* ranks) {
    const SampledGradient sampled = sample_gradient(model.problem(), find_estimator("score"), {},
                                                    {.samples = samples, .threads = 2, .ranks = ranks});
    EXPECT_GT(sampled.seconds_per_sample, 0.0);
    std::vector<double> all = sampled.gradient.numbers();
    for (const double x : sampled.loss.numbers()) all.push_back(x);
    return all;
  };
  for (const std::size_t samples : {1u, 3u, 100u}) {
    const std::vector<double> alone = numbers(samples, nullptr);
    for (const std::size_t count : {1u, 2u, 3u, 5u})
      testing::run_ranks(count, [&](Ranks& ranks) { EXPECT_EQ(numbers(samples, &ranks), alone); });
  }
}

TEST(Compare, TruthIsEnumeratedWhereItFits) {
  const Model model = two_layers();
  Progress quiet;
  const Comparison result = compare(model.problem(), {.samples = 10}, quiet);
  EXPECT_EQ(result.truth.method, "exact");
  EXPECT_TRUE(result.truth.std_error.empty());
  EXPECT_EQ(result.estimators.size() + result.refused.size(), estimators().size());
}

// The exact gradient against the Monte Carlo truth, in units of the latter's standard error: three
// components, two-sided, |z| < 4.5, false-alarm rate 3 * 6.8e-6 = 2e-5.
TEST(Compare, MonteCarloTruthAgreesWithEnumeration) {
  const Model model = two_layers();
  Progress quiet;
  CompareSettings settings{.samples = 3000, .truth = TruthMethod::exact};
  const GradientTruth exact = true_gradient(model.problem(), settings, quiet);
  settings.truth = TruthMethod::monte_carlo;
  const GradientTruth sampled = true_gradient(model.problem(), settings, quiet);
  ASSERT_EQ(sampled.std_error.size(), exact.gradient.size());
  for (std::size_t i = 0; i < exact.gradient.size(); ++i)
    EXPECT_LT(std::abs(sampled.gradient[i] - exact.gradient[i]), 4.5 * sampled.std_error[i]) << i;
}

TEST(Compare, JudgesAPlantedBias) {
  const EstimatorInfo& info = find_estimator("surrogate");
  SampledGradient sampled{VectorMoments(2)};
  for (int i = 0; i < 40; ++i) sampled.gradient.add(std::vector{i % 2 == 0 ? 2.9 : 3.1, 4.0});
  const EstimatorQuality q = judge(info, sampled, {"exact", "", {0.0, 8.0}, {}, 0.0, 0, {}});
  EXPECT_NEAR(q.bias, 5.0, 1e-12);
  EXPECT_NEAR(q.variance, 0.4 / 39, 1e-12);
  EXPECT_NEAR(q.bias_std_error, std::sqrt(0.4 / 39 / 40), 1e-12);
  EXPECT_NEAR(q.cosine, 0.8, 1e-12);
  EXPECT_EQ(q.sign_agreement, 1.0);  // of the one component of the truth that is not zero
}

TEST(Compare, CommonRandomNumbersGiveTheSameDraws) {
  const Model model = two_layers();
  Progress quiet;
  CompareSettings settings{
      .estimators = {"surrogate", "smoothed"}, .samples = 50, .common_random_numbers = true};
  const auto shared = compare(model.problem(), settings, quiet).estimators;
  for (std::size_t i = 0; i < shared[0].mean.size(); ++i)
    EXPECT_NEAR(shared[0].mean[i], shared[1].mean[i], 1e-12);
  settings.common_random_numbers = false;
  const auto own = compare(model.problem(), settings, quiet).estimators;
  EXPECT_GT(std::abs(own[0].mean[0] - own[1].mean[0]), 1e-6);
}

TEST(Compare, RefusesAnEstimatorThatDoesNotApply) {
  const Model model = two_layers();
  Progress quiet;
  EXPECT_THROW(compare(model.problem(), {.estimators = {"pfister"}, .samples = 1}, quiet), UserError);
  EXPECT_THROW(compare(model.problem(), {.estimators = {"no-such"}, .samples = 1}, quiet), UserError);
}

TEST(Compare, JsonHasTheDocumentedFields) {
  const Model model = two_layers();
  Progress quiet;
  const auto json = nlohmann::json::parse(
      to_json(compare(model.problem(), {.estimators = {"surrogate"}, .samples = 5}, quiet), model.network));
  EXPECT_EQ(json["parameters"][0], (nlohmann::json{{"name", "x->h"}, {"shape", {1, 2}}}));
  EXPECT_EQ(json["truth"]["gradient"].size(), model.parameters.size());
  EXPECT_FALSE(json["truth"].contains("std_error"));
  for (const char* field : {"samples", "mean", "std_error", "bias", "bias_std_error", "variance", "cosine",
                            "sign_agreement", "seconds_per_sample"})
    EXPECT_TRUE(json["estimators"]["surrogate"].contains(field)) << field;
}

struct Own : MethodDefaults {
  static constexpr std::string_view name = "own", summary = "", bias = "none", source = "";
  static LearningSignal signal(const EstimatorSettings&, const Objective&) {
    return {.pseudo = PseudoDerivative::surrogate};
  }
  static std::string refuse(const Objective& objective, const EstimatorSettings& settings) {
    return settings.step > 1.0 ? refuse_without_target(objective) : "";
  }
};

TEST(Compare, JudgesAnEstimatorOfTheCallersBesideTheOthers) {
  const Model model = two_layers();
  const EstimatorInfo own = estimator_info<Own>();
  CompareSettings settings{.estimators = {"surrogate", "own"}, .samples = 50, .own = {own}};
  settings.common_random_numbers = true;
  const Comparison named = compare(model.problem(), settings);
  ASSERT_EQ(named.estimators.size(), 2u);
  EXPECT_EQ(named.estimators[1].name, "own");
  EXPECT_EQ(named.estimators[1].mean, named.estimators[0].mean);

  settings.estimators = {};
  settings.samples = 2;
  EXPECT_EQ(compare(model.problem(), settings).estimators.back().name, "own");
  settings.estimator.step = 2.0;
  EXPECT_EQ(compare(model.problem(), settings).refused.back().first, "own");
}

TEST(Compare, RefusesADescriptionThatIsNotWhole) {
  const Model model = two_layers();
  const auto message = [&](const EstimatorInfo& own) -> std::string {
    try {
      compare(model.problem(), {.samples = 1, .own = {own}});
      return "no error";
    } catch (const UserError& error) {
      return error.what();
    }
  };
  EstimatorInfo info = estimator_info<Own>();
  info.name = "surrogate";
  EXPECT_NE(message(info).find("two estimators 'surrogate'"), std::string::npos);
  info.name = "";
  EXPECT_NE(message(info).find("no name"), std::string::npos);
  info = estimator_info<Own>();
  info.make = nullptr;
  EXPECT_NE(message(info).find("make, refuse and passes"), std::string::npos);
}

TEST(Compare, ChecksWhatItIsGiven) {
  Model model = two_layers();
  EXPECT_THROW(compare(model.problem(), {.samples = 0}), UserError);
  EXPECT_THROW(compare(model.problem(), {.samples = 1, .estimator = {.counterfactuals = 0}}), UserError);
  model.parameters[0] = std::nan("");
  EXPECT_THROW(compare(model.problem()), UserError);
  model.parameters.pop_back();
  EXPECT_THROW(compare(model.problem()), UserError);
  EXPECT_THROW(sample_gradient(model.problem(), find_estimator("score")), UserError);
  EXPECT_THROW(run_trials(model.problem(), {}), UserError);
  EXPECT_THROW(enumerate(model.problem(), find_estimator("score")), UserError);
}

}  // namespace
}  // namespace spikegrad
