// SPDX-License-Identifier: Apache-2.0
// The stochastic-triple estimators: their exact expectation, all draws and choices enumerated, is the
// gradient.
#include "spikegrad/estimator/stochastic_triple.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <numeric>

#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "spikegrad/stochastic_ad/stochastic_ad.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

using namespace testing;

constexpr double triple_rounding = 1e-10;  // sums over up to 2^20 paths

/// One parameter's run, by itself: its tree is small enough to enumerate.
class OneParameter final : public StochasticTriples {
 public:
  OneParameter(std::size_t parameter, Engine& engine) : StochasticTriples(engine), parameter_(parameter) {}

 private:
  SampleOutcome sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    DrawsChooser chooser(draws);
    direction_.assign(gradient.size(), 0.0);
    direction_[parameter_] = 1;
    const Run result = run(problem, draws, direction_, chooser);
    gradient[parameter_] += result.slope;
    return result.outcome;
  }

  std::size_t parameter_;
};

double norm(const std::vector<double>& x) {
  return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
}

RandomNetOptions small_nets(bool refractory = false) {
  return {.max_spikes = 7,
          .max_layers = 2,
          .max_steps = 4,
          .max_units = 2,
          .max_inputs = 2,
          .refractory = refractory};
}

TEST(StochasticTriple, EveryPartialDerivativeIsExactOnAverage) {
  std::size_t checked = 0, moving = 0;
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    const RandomNet net = random_net(seed, small_nets(seed % 2 == 1));
    const Expectation truth = exact_gradient(net.problem());
    for (std::size_t i = 0; i < truth.gradient.size(); ++i) {
      const Expectation mean =
          enumerate(net.problem(), [i](Engine& engine) { return std::make_unique<OneParameter>(i, engine); });
      EXPECT_NEAR(mean.gradient[i], truth.gradient[i], triple_rounding * (1 + norm(truth.gradient)))
          << i << " of " << net.description;
      EXPECT_NEAR(mean.loss, truth.loss, triple_rounding * (1 + std::abs(truth.loss)));
      ++checked;
      moving += std::abs(truth.gradient[i]) > 1e-4;
    }
  }
  EXPECT_GT(moving, 150u) << "of " << checked;
}

/// v · (gradient of `counterfactual`) less the triples' estimate along v of the same draws, with every
/// alternative kept and `rule` at every spike; relative to the sizes of both.
double distance_to_adjoint_form(const Problem& problem, stochastic_ad::Rule rule, std::uint32_t trial) {
  using stochastic_ad::KeepAll;
  const std::size_t size = problem.parameters.size();
  std::vector<double> direction(size), gradient(size, 0.0);
  for (std::size_t i = 0; i < size; ++i) direction[i] = std::cos(3.0 * static_cast<double>(i) + trial);
  CounterDraws draws(9, 0, trial);
  ProblemSampler(problem, find_estimator("counterfactual")).sample(draws, gradient);
  const double adjoint = std::inner_product(gradient.begin(), gradient.end(), direction.begin(), 0.0);

  KeepAll::Run run{stochastic_ad::Rng(1)};
  const auto spike = [&](const Slot& slot, const auto& p) {  // the numbers of `draws`
    const DrawKey key{
        .seed = 9, .stream = Stream::spikes, .population = slot.population, .trial = trial, .sample = 0};
    return stochastic_ad::bernoulli_at(uniform(key.bits(slot.step, slot.unit)), p, rule);
  };
  const double forward =
      stochastic_ad::derivative_contribution(TriplePass<KeepAll>()(problem, direction, run, spike));
  return std::abs(forward - adjoint) / (1 + std::abs(forward) + std::abs(adjoint));
}

TEST(StochasticTriple, StraightThroughWithAllAlternativesIsTheCounterfactualGradientDrawByDraw) {
  double largest = 0, planted = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 40});
    for (std::uint32_t trial = 0; trial < 4; ++trial) {
      const double distance =
          distance_to_adjoint_form(net.problem(), stochastic_ad::Rule::straight_through, trial);
      EXPECT_LT(distance, 1e-11) << net.description;
      largest = std::max(largest, distance);
      planted =
          std::max(planted, distance_to_adjoint_form(net.problem(), stochastic_ad::Rule::two_sided, trial));
    }
  }
  EXPECT_GT(planted, 0.01);  // another rule agrees on average only
  std::printf("240 draws, largest relative difference %.1e; with another rule %.2g\n", largest, planted);
}

TEST(StochasticTriple, ADirectionIsUnbiasedByZTest) {
  // One net, 20000 samples; each parameter two-sided at |z| < 5: false-alarm rate 6e-7 each, under 2e-5 in
  // all.
  std::uint64_t seed = 0;
  while (norm(exact_gradient(random_net(seed, small_nets()).problem()).gradient) < 0.1) ++seed;
  const RandomNet net = random_net(seed, small_nets());
  const std::vector<double> truth = exact_gradient(net.problem()).gradient;
  const Problem problem = net.problem();
  const auto largest_z = [&](std::string_view name, double scale) {
    ProblemSampler estimator(problem, find_estimator(name));
    std::vector<double> sum(truth.size()), squares(truth.size()), sample(truth.size());
    const int samples = 20000;
    for (int i = 0; i < samples; ++i) {
      CounterDraws draws(5, static_cast<std::uint32_t>(i), 0);
      std::fill(sample.begin(), sample.end(), 0.0);
      estimator.sample(draws, sample);
      for (std::size_t k = 0; k < truth.size(); ++k) {
        sum[k] += scale * sample[k];
        squares[k] += scale * sample[k] * scale * sample[k];
      }
    }
    double largest = 0;
    for (std::size_t k = 0; k < truth.size(); ++k) {
      const double mean = sum[k] / samples, variance = squares[k] / samples - mean * mean;
      if (variance > 1e-20)
        largest = std::max(largest, std::abs(mean - truth[k]) / std::sqrt(variance / samples));
      else
        EXPECT_NEAR(mean, scale * truth[k], 1e-9);
    }
    return largest;
  };
  EXPECT_LT(largest_z("stochastic-triple-direction", 1.0), 5);
  EXPECT_LT(largest_z("stochastic-triple", 1.0), 5);
  EXPECT_GT(largest_z("stochastic-triple", 1.2),
            5);  // the test sees an error of a fifth
}

}  // namespace
}  // namespace spikegrad
