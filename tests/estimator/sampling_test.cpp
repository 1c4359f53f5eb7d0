// SPDX-License-Identifier: Apache-2.0
// Unbiased estimators as they are used, with the counter-based draws: sample means against the exact
// gradient.
//
// For each net and estimator one number: z = (mean - truth)/standard error of the gradient's projection on a
// direction fixed beforehand (random signs, each entry in units of its standard deviation, from a pilot of
// other trials). Where few trials carry an entry (a sampled flip that mostly changes nothing), a short sample may hold none
// of them and its own standard error says nothing; so the pilot goes on until each entry has been seen often, and the
// sample is ten times as long as the pilot. z is normal under the hypothesis, up to skewness/√n (nets with rare events are left out, see
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

constexpr std::size_t shortest_pilot = 200, longest_pilot = 20000, trials_per_pilot = 10;
constexpr double seen_often = 20;

/// How many trials carry an entry's second moment, (Σg²)²/Σg⁴: as many as there are if all are alike, the number of those
/// that are not 0 if these are.
struct Carriers {
  double squares = 0.0, fourths = 0.0;
  void add(double g) {
    squares += g * g;
    fourths += g * g * g * g;
  }
  double count() const { return fourths > 0.0 ? squares * squares / fourths : 0.0; }
};

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
  constexpr std::size_t pilot_begin = longest_pilot * trials_per_pilot;  // no trial of the sample
  std::vector<Carriers> carriers(n);
  const auto all_seen = [&] {
    for (std::size_t i = 0; i < n; ++i)
      if (std::abs(truth[i]) > 1e-6 && carriers[i].count() < seen_often) return false;
    return true;
  };
  std::size_t pilot = 0;
  for (; pilot < shortest_pilot || (pilot < longest_pilot && !all_seen()); ++pilot) {
    draw(pilot_begin + pilot);
    for (std::size_t i = 0; i < n; ++i) {
      mean[i] += gradient[i];
      square[i] += gradient[i] * gradient[i];
      carriers[i].add(gradient[i]);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    mean[i] /= static_cast<double>(pilot);
    square[i] /= static_cast<double>(pilot);
  }
  const std::size_t trials = pilot * trials_per_pilot;
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
  const double average = sum / static_cast<double>(trials);
  const double error = std::sqrt(std::max(0.0, sum_square / static_cast<double>(trials) - average * average) /
                                 static_cast<double>(trials - 1));
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
    if (largest(truth) < 1e-6) continue;  // nothing to estimate
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
