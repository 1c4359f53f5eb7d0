// SPDX-License-Identifier: Apache-2.0
// The path sample-analytic estimator against its definition, with a whole forward pass for every spike, and its mean over
// all histories where it is exact.
#include "spikegrad/estimator/psa.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "spikegrad/engine/reference/forward.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "tests/estimator/enumerated_error.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/planted.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

using namespace testing;

double probability(const Population& population, double x) {
  return std::visit([x](const auto& f) { return equations::probability(f, x); }, population.escape);
}

/// A trial with all its spikes given.
Tape<double> trial_with(const Problem& problem, const Grid<double>& spikes) {
  const auto clamp = clamp_of(problem.loss);
  Tape<double> tape;
  forward<double>(
      problem.network, problem.parameters, problem.input, ForwardMode::sampled, clamp ? &*clamp : nullptr,
      [&](const Slot& slot, double) {
        return spikes[slot.step][problem.network.layout(slot.population).unit_offset + slot.unit];
      },
      tape, 0, problem.dropout_scale);
  return tape;
}

/// ℓ of all spikes by the definition: for each of them two trials in which it alone differs.
std::vector<double> by_definition(const Problem& problem, Draws& draws) {
  const Network& network = problem.network;
  ReferenceTrial trial(problem.objective(), {.credit = true});
  trial.forward(problem, draws);
  Grid<double> spikes = trial.tape().output, credit(network.steps(), network.unit_count());
  std::vector<SpikeCredit> credits;
  for (std::size_t t = network.steps(); t-- > 0;)
    for (std::size_t p = network.populations().size(); p-- > 0;) {
      if (!draws_spikes(problem.objective(), p)) continue;
      for (std::uint32_t i = 0; i < network.populations()[p].size(); ++i) {
        const std::size_t u = network.layout(p).unit_offset + i;
        const double drawn = spikes[t][u];
        spikes[t][u] = 1.0;
        const Tape<double> with = trial_with(problem, spikes);
        spikes[t][u] = 0.0;
        const Tape<double> without = trial_with(problem, spikes);
        spikes[t][u] = drawn;
        double sum = total_loss(problem, with) - total_loss(problem, without);
        for (std::size_t q = 0; q < network.populations().size(); ++q) {
          if (!draws_spikes(problem.objective(), q)) continue;
          const Population& target = network.populations()[q];
          for (std::size_t later = t; later < network.steps(); ++later)
            for (std::size_t m = network.layout(q).unit_offset, end = m + target.size(); m < end; ++m)
              if (later > t || q > p)
                sum += (probability(target, with.excess[later][m]) -
                        probability(target, without.excess[later][m])) *
                       credit[later][m];
        }
        credit[t][u] = sum;
        credits.push_back({{static_cast<std::uint32_t>(p), i, static_cast<std::uint32_t>(t)}, sum});
      }
    }
  std::vector<double> gradient(problem.parameters.size());
  trial.backward(problem, 0.0, credits, gradient);
  return gradient;
}

TEST(Psa, IsItsDefinition) {
  std::size_t checked = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 60, .max_steps = 12});
    const Problem problem = net.problem();
    CounterDraws draws(seed, 0, 0);
    const auto expected = by_definition(problem, draws);
    if (!std::isfinite(largest(expected))) continue;
    ++checked;
    std::vector<double> gradient(expected.size());
    ProblemSampler(problem, find_estimator("psa")).sample(draws, gradient);
    EXPECT_LT(distance(gradient, expected), 1e-9) << net.description;
  }
  EXPECT_GT(checked, 120u);
}

/// A hidden layer and one more, whose spikes, or the potentials they cause, the loss is linear in.
RandomNet two_layers(std::uint64_t seed) {
  RandomNetOptions options{.max_spikes = 7, .max_layers = 2};
  options.recurrent = options.feedback = options.adaptive = options.regularisers = options.hidden_losses =
      false;
  options.losses = {LinearLoss::kind};
  options.resets = {"none"};
  return random_net(seed, options);
}
constexpr double psa_rounding = 1e-9;

TEST(Psa, EnumeratedMeanIsExactForALinearLossOfTheNextLayer) {
  std::size_t surrogate_biased = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const RandomNet net = two_layers(seed);
    EXPECT_LT(enumerated_error(net, factory("psa")), psa_rounding) << net.description;
    surrogate_biased += enumerated_error(net, factory("smoothed")) > 1e-4;
  }
  EXPECT_GT(surrogate_biased, 20u) << "nets on which slopes are as good as differences say nothing";
}

TEST(Psa, TheCheckRejectsPlantedErrors) {
  std::size_t planted = 0;
  for (std::uint64_t seed = 0; planted < 8; ++seed) {
    const RandomNet net = two_layers(seed);
    if (free_spike_count(net.problem()) == 0 || largest(exact_gradient(net.problem()).gradient) < 1e-3)
      continue;
    ++planted;
    for (const auto wrong : {wrong_sign, half_a_percent_too_large})
      EXPECT_GT(enumerated_error(net, altered(factory("psa"), wrong)), psa_rounding) << net.description;
  }
}

// Beyond, spikes that act together bias it: the equation is of first order in pairs of them.
TEST(Psa, IsBiasedByMoreLayersAndResets) {
  std::size_t biased = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    biased += enumerated_error(random_net(seed, {.max_spikes = 7}), factory("psa")) > 1e-6;
  EXPECT_GT(biased, 4u);
}

TEST(Psa, RefusesSpikesThatAreNotDrawn) {
  RandomNetOptions options{.max_spikes = 5};
  options.outputs = {OutputKind::deterministic};
  const RandomNet net = random_net(1, options);
  EXPECT_NE(find_estimator("psa").refuse(net.problem().objective(), {}), "");
  EXPECT_EQ(find_estimator("psa").refuse(random_net(1, {.max_spikes = 5}).problem().objective(), {}), "");
}

}  // namespace
}  // namespace spikegrad
