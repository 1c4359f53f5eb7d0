// SPDX-License-Identifier: Apache-2.0
// Exact enumeration against the definition: the sum over all spike histories of a second simulator
// (tests/support/plain_net.hpp), differentiated with dual numbers.
#include <gtest/gtest.h>

#include <memory>

#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/plain_net.hpp"
#include "tests/support/planted.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

using namespace testing;

// Sums of up to 2^16 products of up to 16 factors: rounding near 1e-13 of the largest entry.
constexpr double exact_rounding = 1e-11;

RandomNetOptions options_for(std::uint64_t seed, std::size_t max_spikes) {
  RandomNetOptions options{.max_spikes = max_spikes, .refractory = seed % 3 == 1};
  // A quarter of the nets mix in deterministic and analog layers.
  if (seed % 4 == 3)
    options.outputs = {OutputKind::stochastic, OutputKind::deterministic, OutputKind::analog};
  return options;
}

TEST(Exact, GradientOfRandomNetsIsThatOfTheDefinition) {
  std::size_t live = 0;
  for (std::uint64_t seed = 0; seed < 250; ++seed) {
    const RandomNet net = random_net(seed, options_for(seed, 9));
    const Expectation exact = exact_gradient(net.problem());
    const std::vector<double> truth = plain_exact_gradient(net.problem());
    EXPECT_LT(distance(exact.gradient, truth), exact_rounding) << net.description;
    const double loss = plain_expected_loss(net.problem(), net.parameters);
    EXPECT_NEAR(exact.loss, loss, exact_rounding * (1.0 + std::abs(loss))) << net.description;
    EXPECT_EQ(expected_loss(net.problem()), exact.loss);
    EXPECT_LE(exact.paths, std::size_t{1} << free_spike_count(net.problem()));
    live += largest(truth) > 0.0;
  }
  EXPECT_GE(live, 200u) << "of the others the gradient is 0";
}

// Up to 2^16 histories; one random direction each, which sees any wrong entry.
TEST(ExactSlow, SixteenSpikes) {
  std::size_t full = 0;
  for (std::uint64_t seed = 0; full < 6; ++seed) {
    const RandomNet net = random_net(seed, options_for(0, 16));
    if (free_spike_count(net.problem()) != 16) continue;
    ++full;
    Dice dice(seed);
    std::vector<double> direction(net.parameters.size());
    for (double& d : direction) d = dice.normal();
    const Expectation exact = exact_gradient(net.problem());
    const Dual<> truth = plain_expected_loss(net.problem(), along(net.parameters, direction));
    double slope = 0.0, scale = 1e-3;
    for (std::size_t i = 0; i < direction.size(); ++i) {
      slope += exact.gradient[i] * direction[i];
      scale = std::max(scale, std::abs(exact.gradient[i] * direction[i]));
    }
    EXPECT_NEAR(exact.loss, truth.value, exact_rounding * (1.0 + std::abs(truth.value))) << net.description;
    EXPECT_NEAR(slope, truth.derivative, exact_rounding * scale) << net.description;
  }
}

// Richardson's extrapolation of central differences of the definition's E[L], so that the truth above does
// not rest on dual numbers: h² and h⁴ terms cancel, error ~ h⁶ + 1e-16/h = 1e-11 at h = 0.01.
/// Is parameter k a delay less than 0.05 steps from where its derivative jumps?
bool is_near_a_kink(const Network& network, std::size_t k, double value) {
  for (const ParameterBlock& block : network.blocks())
    if (block.kind == ParameterKind::delay && k >= block.offset && k < block.offset + block.size)
      return std::abs(value - std::round(value)) < 0.05 || value > block.highest - 0.05;
  return false;
}

TEST(Exact, DefinitionAgreesWithItsOwnDifferenceQuotients) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    RandomNetOptions options{.max_spikes = 7};
    options.escapes = {SigmoidEscape::kind, ExponentialHazardEscape::kind};  // smooth: no clip, no |x|
    const RandomNet net = random_net(seed, options);
    const auto truth = plain_exact_gradient(net.problem());
    std::vector<double> w = net.parameters, quotient;
    for (double& v : w) {
      const double at = v;
      // An interpolation has a kink at whole steps and at its ends.
      if (is_near_a_kink(net.network, quotient.size(), at)) {
        quotient.push_back(truth[quotient.size()]);
        continue;
      }
      const auto difference = [&](double h) {
        v = at + h;
        const double above = plain_expected_loss(net.problem(), w);
        v = at - h;
        const double below = plain_expected_loss(net.problem(), w);
        v = at;
        return (above - below) / (2 * h);
      };
      const double h = 0.01, d1 = difference(h), d2 = difference(2 * h), d4 = difference(4 * h);
      quotient.push_back((64 * d1 - 20 * d2 + d4) / 45);
    }
    EXPECT_LT(distance(quotient, truth, 1.0), 1e-6) << net.description;
  }
}

TEST(Exact, CheckerRejectsPlantedErrors) {
  std::size_t planted = 0, counted_twice = 0;
  for (std::uint64_t seed = 0; planted < 8; ++seed) {
    const RandomNet net = random_net(seed, options_for(0, 9));
    if (!reset_matters(net.problem()) || free_spike_count(net.problem()) == 0) continue;
    ++planted;
    const auto truth = plain_exact_gradient(net.problem());
    const auto error = [&](const EstimatorFactory& wrong) {
      return distance(enumerate(net.problem(), wrong).gradient, truth);
    };
    const Network other = without_resets(net.network);
    const EstimatorFactory score = factory("score");
    EXPECT_GT(error(altered(score, wrong_sign)), exact_rounding) << net.description;
    EXPECT_GT(error(altered(score, half_a_percent_too_large)), exact_rounding) << net.description;
    EXPECT_GT(error(backward_of({.score = true}, other)), exact_rounding) << net.description;
    EXPECT_GT(error(with_biased_draws(score)), exact_rounding) << net.description;
    if (error(counts_twice) > exact_rounding) ++counted_twice;  // a single unit has no second count
  }
  EXPECT_GT(counted_twice, planted / 2);
}

/// Without the delays that are not learned.
Network without_delays(const Network& network) {
  std::vector<Connection> connections = network.connections();
  for (Connection& c : connections) c.delays.seconds.clear();
  return {network.time(), network.populations(), std::move(connections)};
}

// Estimators that claim no bias have none through delays, and give none to learned ones. A backward pass that does not
// know of delays has, and so has one that forgets their gradient.
TEST(Exact, DelaysBiasNothing) {
  std::size_t delayed = 0, learned = 0, seen_delayed = 0, seen_learned = 0;
  for (std::uint64_t seed = 0; learned < 15 || delayed < 15; ++seed) {
    const RandomNet net = random_net(seed, options_for(seed, 8));
    if (!net.network.has_delays() || free_spike_count(net.problem()) == 0) continue;
    const auto truth = plain_exact_gradient(net.problem());
    if (largest(truth) == 0.0) continue;
    for (const char* name : {"score", "counterfactual", "stochastic-triple"}) {
      if (!find_estimator(name).refuse(net.problem().objective(), {}).empty()) continue;
      EXPECT_LT(distance(enumerate(net.problem(), factory(name)).gradient, truth), exact_rounding)
          << name << " " << net.description;
    }
    auto forgotten = truth;
    bool learns = false;
    for (const ParameterBlock& block : net.network.blocks())
      for (std::size_t k = 0; block.kind == ParameterKind::delay && k < block.size; ++k)
        learns = true, forgotten[block.offset + k] = 0.0;
    learned += learns;
    seen_learned += learns && distance(forgotten, truth) > exact_rounding;
    const Network other = without_delays(net.network);
    bool fixed = false;
    for (const Connection& c : net.network.connections()) fixed |= !c.delays.seconds.empty();
    if (!fixed) continue;
    ++delayed;
    seen_delayed += distance(enumerate(net.problem(), backward_of({.score = true}, other)).gradient, truth) >
                    exact_rounding;
  }
  EXPECT_GT(3 * seen_delayed, delayed) << "of " << delayed;  // on some nets no delayed spike moves anything
  EXPECT_GT(2 * seen_learned, learned) << "of " << learned;
}

TEST(Enumeration, RefusalSaysHowLargeAndWhatWouldFit) {
  Population x, h;
  x.name = "x", x.unit = InputUnit{};
  h.name = "h", h.unit = Lif{}, h.shape = {1, 7};
  const Network network({1e-3, 3}, {x, h}, {{0, 1, Dense{}}});
  const std::vector<double> w(7, 0.0);
  const Input input{{Grid<double>(3, 1), {}}};
  const Loss loss = LinearLoss{1, Grid<double>(3, 7)};
  const std::string why = refuse_enumeration({network, loss});
  for (const char* part : {"2^21", "7 stochastic units", "3 steps", "2 steps would fit"})
    EXPECT_NE(why.find(part), std::string::npos) << why;
  EXPECT_THROW(exact_gradient({network, w, input, loss}), UserError);
  const Network shorter({1e-3, 2}, network.populations(), network.connections());
  EXPECT_EQ(refuse_enumeration({shorter, loss}), "");
}

// Two questions about one slot, p = 0.3 and 0.5, split [0, 1) into three cells of probability 0.3, 0.2, 0.5.
TEST(BranchingDraws, CoupledQuestionsSplitTheUnitInterval) {
  BranchingDraws draws;
  std::vector<double> probabilities;
  double both = 0.0, upper_only = 0.0;
  do {
    const bool below = draws.below({0, 0, 0}, 0.3), below_upper = draws.below({0, 0, 0}, 0.5);
    EXPECT_TRUE(below_upper || !below);
    if (below) both += draws.probability();
    if (below_upper && !below) upper_only += draws.probability();
    probabilities.push_back(draws.probability());
  } while (draws.next_path());
  EXPECT_EQ(probabilities.size(), 3u);
  EXPECT_NEAR(both, 0.3, 1e-16);
  EXPECT_NEAR(upper_only, 0.2, 1e-16);
}

}  // namespace
}  // namespace spikegrad
