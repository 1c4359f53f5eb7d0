// SPDX-License-Identifier: Apache-2.0
// Unbiased estimators as they are used, with the counter-based draws: sample means against the exact
// gradient.
//
// For each net and estimator one number: z = (mean - truth)/standard error of the gradient's projection on a
// direction fixed beforehand (random signs, each entry in units of its standard deviation, from a pilot of
// other trials). z is normal under the hypothesis, up to skewness/√n (nets with rare events are left out, see
// judge). Two tests on all z together, two-sided, no retries:
//   largest |z| below the Bonferroni bound    false-alarm rate 1e-4
//   Σ z² within 4.5 standard deviations of its mean (of a chi-square variable)   false-alarm rate 1e-5
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>

#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/planted.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

using namespace testing;

constexpr std::size_t pilot_trials = 200, trials = 2000;

/// z of one net and one estimator; 0 where the samples do not vary and are right.
double z_score(const RandomNet& net, std::span<const double> truth, const EstimatorFactory& make,
               std::uint64_t seed) {
  const std::size_t n = truth.size();
  std::vector<double> gradient(n), mean(n, 0.0), square(n, 0.0), direction(n);
  const Problem problem = net.problem();
  ProblemSampler estimator(problem, make);
  const auto draw = [&](std::size_t trial) {
    CounterDraws draws(seed, 0, static_cast<std::uint32_t>(trial));
    std::fill(gradient.begin(), gradient.end(), 0.0);
    estimator.sample(draws, gradient);
  };
  for (std::size_t k = 0; k < pilot_trials; ++k) {
    draw(trials + k);
    for (std::size_t i = 0; i < n; ++i) {
      mean[i] += gradient[i] / pilot_trials;
      square[i] += gradient[i] * gradient[i] / pilot_trials;
    }
  }
  Dice dice(seed);
  for (std::size_t i = 0; i < n; ++i) {
    const double deviation = std::sqrt(std::max(0.0, square[i] - mean[i] * mean[i]));
    direction[i] = (dice.chance(0.5) ? 1.0 : -1.0) / (deviation > 1e-6 ? deviation : 1.0);
  }
  const auto project = [&](std::span<const double> g) {
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) sum += direction[i] * g[i];
    return sum;
  };
  const double expected = project(truth);
  double sum = 0.0, sum_square = 0.0;
  for (std::size_t k = 0; k < trials; ++k) {
    draw(k);
    const double d = project(gradient) - expected;
    sum += d;
    sum_square += d * d;
  }
  const double average = sum / trials;
  const double error = std::sqrt(std::max(0.0, sum_square / trials - average * average) / (trials - 1));
  if (std::abs(average) < 1e-9 * (1.0 + std::abs(expected))) return 0.0;
  return average / error;
}

struct Verdict {
  double largest = 0.0, sum_square = 0.0;
  std::size_t count = 0;
  std::string worst;

  /// The |z| that one of `count` normal numbers exceeds with probability 1e-4: erfc(z/√2) = 1e-4/count.
  double bound() const {
    double z = 3.0;
    while (std::erfc(z / std::sqrt(2.0)) > 1e-4 / static_cast<double>(count)) z += 0.01;
    return z;
  }
  double excess() const {
    const auto n = static_cast<double>(count);
    return (sum_square - n) / std::sqrt(2.0 * n);
  }
  bool passes() const { return largest < bound() && std::abs(excess()) < 4.5; }
};

/// The least probable answer to any question that any history asks.
double rarest_event(const Problem& problem) {
  class Recorder final : public Draws {
   public:
    bool below(const Slot& slot, double p) override {
      rarest = std::min({rarest, p, 1.0 - p});
      return branches.below(slot, p);
    }
    bool auxiliary_below(std::uint32_t index, double p) override {
      return branches.auxiliary_below(index, p);
    }
    BranchingDraws branches;
    double rarest = 1.0;
  } draws;
  ReferenceTrial trial(problem.objective(), {});
  do trial.forward(problem, draws);
  while (draws.branches.next_path());
  return draws.rarest;
}

/// Nets with some gradient to estimate and no event so rare that the sample would hold none or few of it: the
/// score function weighs an event by 1/p, and z would not be normal.
Verdict judge(const EstimatorFactory& make, std::size_t nets = 200) {
  Verdict verdict;
  for (std::uint64_t seed = 0; verdict.count < nets; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 8});
    if (free_spike_count(net.problem()) < 3 || rarest_event(net.problem()) < 0.05) continue;
    const auto truth = exact_gradient(net.problem()).gradient;
    // So small a gradient rests on spikes far out in the tail of f: thousands of samples hold none of them.
    if (largest(truth) < 1e-2) continue;
    const double z = z_score(net, truth, make, seed);
    if (std::abs(z) > verdict.largest || std::isnan(z))
      verdict.largest = std::abs(z), verdict.worst = net.description;
    verdict.sum_square += z * z;
    ++verdict.count;
  }
  return verdict;
}

EstimatorFactory right(std::string_view name) {
  return factory(name, {.counterfactuals = 2, .group = 4});
}

class SamplingSlow : public ::testing::TestWithParam<const char*> {};

TEST_P(SamplingSlow, MeanAgreesWithTheExactGradient) {
  const Verdict verdict = judge(right(GetParam()));
  EXPECT_LT(verdict.largest, verdict.bound()) << verdict.worst;
  EXPECT_LT(std::abs(verdict.excess()), 4.5)
      << "sum of z^2 " << verdict.sum_square << " of " << verdict.count;
}

INSTANTIATE_TEST_SUITE_P(Estimators, SamplingSlow,
                         ::testing::Values("score", "score-running-mean", "score-leave-one-out",
                                           "counterfactual", "counterfactual-k"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// Planted: a bias that is small beside the noise of one net is caught by all nets together.
TEST(SamplingSlowCheck, RejectsPlantedErrors) {
  const auto tenth_too_large = [](std::span<double> g) {
    for (double& v : g) v *= 1.1;
  };
  EXPECT_FALSE(judge(altered(right("score"), wrong_sign)).passes()) << "sign";
  EXPECT_FALSE(judge(altered(right("counterfactual"), tenth_too_large)).passes()) << "10 % too large";
  EXPECT_FALSE(judge(counts_twice).passes()) << "reset";
  EXPECT_FALSE(judge(with_biased_draws(right("counterfactual"), 1.1)).passes()) << "spikes 10 % too likely";
}

}  // namespace
}  // namespace spikegrad
