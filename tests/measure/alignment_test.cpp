// SPDX-License-Identifier: Apache-2.0
// Alignment on samples of an engine against what enumeration says of the same net.
#include "spikegrad/measure/alignment.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/model/model.hpp"
#include "tests/measure/models.hpp"

namespace spikegrad {
namespace {

struct Exact {
  double cosine, length, bias;
};

/// Of an estimator's expectation, both enumerated; over the parameters from `first` on.
Exact exact(const Model& model, const std::string& name, std::size_t first, std::size_t count) {
  const std::vector<double> truth = exact_gradient(model.problem()).gradient,
                            mean = enumerate(model.problem(), find_estimator(name), model.estimator).gradient;
  const auto t = std::span(truth).subspan(first, count), m = std::span(mean).subspan(first, count);
  std::vector<double> apart(t.begin(), t.end());
  for (std::size_t i = 0; i < apart.size(); ++i) apart[i] -= m[i];
  return {dot(t, m) / norm(t) / norm(m), norm(m) / norm(t), norm(apart) / norm(t)};
}

class OnTwoLayers : public ::testing::Test {
 protected:
  OnTwoLayers() {
    sample.inputs = inputs;
    sample.loss = &model.loss;
  }
  Alignment measure(AlignmentSettings settings) const {
    const std::vector<Sample> samples(4, sample);  // four draws of one problem are its gradient too
    return align(model.objective(), model.parameters, samples, settings);
  }

  Model model = parse_model(models::two_layers, "two-layers.toml");
  std::vector<SampleInput> inputs = views_of(model.network, model.input);
  Sample sample;
};

// Six numbers of each of two estimators, seeds fixed: beyond 5 standard errors once in 10^5 times.
TEST_F(OnTwoLayers, IsWhatEnumerationSays) {
  for (const EngineKind engine : {EngineKind::cpu, EngineKind::reference}) {
    const Alignment a = measure({.estimators = {"surrogate", "straight-through"},
                                 .draws = 800,
                                 .truth_draws = 2000,
                                 .engine = {engine, 1}});
    for (const EstimatorAlignment& e : a.estimators)
      for (std::size_t b = 0; b <= e.blocks.size(); ++b) {
        const auto& block = model.network.blocks();
        const bool all = b == e.blocks.size();
        const GradientDirection& d = all ? e.all : e.blocks[b];
        const Exact x =
            exact(model, e.name, all ? 0 : block[b].offset, all ? model.parameters.size() : block[b].size);
        EXPECT_NEAR(d.cosine.value, x.cosine, 5.0 * d.cosine.std_error + 1e-6) << e.name << b;
        EXPECT_NEAR(d.length.value, x.length, 5.0 * d.length.std_error + 1e-6) << e.name << b;
        EXPECT_NEAR(d.bias_square.value, x.bias * x.bias, 5.0 * d.bias_square.std_error + 1e-6)
            << e.name << b;
        EXPECT_LT(d.bias_square.std_error, 0.6 * x.bias * x.bias + 0.05) << e.name << b;
      }
    // The test can tell the two apart.
    EXPECT_GT(std::abs(a.estimators[0].all.length.value - a.estimators[1].all.length.value),
              5.0 * (a.estimators[0].all.length.std_error + a.estimators[1].all.length.std_error));
    EXPECT_NEAR(a.loss, expected_loss(model.problem()), 0.05);
  }
}

TEST_F(OnTwoLayers, AnUnbiasedEstimatorHasNoBiasAndALargerStepHas) {
  AlignmentSettings settings{
      .estimators = {"score", "finite-difference-crn"}, .draws = 2000, .truth_draws = 2000};
  settings.estimator.noisy_step = 1.5;  // planted: far beyond where the difference is a derivative
  const Alignment a = measure(settings);
  const GradientDirection &score = a.estimators[0].all, &coarse = a.estimators[1].all;
  EXPECT_LT(std::abs(score.bias_square.value), 5.0 * score.bias_square.std_error);
  EXPECT_GT(coarse.bias_square.value, 5.0 * coarse.bias_square.std_error);
}

TEST_F(OnTwoLayers, DoesNotDependOnThreads) {
  const auto with = [&](unsigned threads) {
    return measure({.estimators = {"surrogate"},
                    .draws = 8,
                    .truth_draws = 8,
                    .engine = {EngineKind::cpu, threads}})
        .estimators[0]
        .all.cosine.value;
  };
  const double one = with(1);
  EXPECT_TRUE(one == with(2) || (std::isnan(one) && std::isnan(with(2))));
}

TEST_F(OnTwoLayers, RefusesWhatHasNoTruth) {
  EXPECT_THROW(measure({.truth = "surrogate"}), UserError);
  EXPECT_THROW(measure({.estimators = {"nothing"}}), UserError);
  EXPECT_THROW(measure({.draws = 2}), UserError);
  model.network = model.network.with_spikes(OutputKind::deterministic);
  EXPECT_THROW(measure({}), UserError);
}

}  // namespace
}  // namespace spikegrad
