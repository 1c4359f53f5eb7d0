// SPDX-License-Identifier: Apache-2.0
// The likelihood of a target spike train: potentials and resets follow the target, the reset's effect through
// history is in the gradient once, and [P]'s rule is the exact gradient of the layer that has the target.
#include <gtest/gtest.h>

#include <memory>

#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/plain_net.hpp"
#include "tests/support/planted.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

using namespace testing;

constexpr double likelihood_rounding = 1e-10;

RandomNetOptions likelihood_nets(std::size_t layers, std::size_t max_spikes) {
  RandomNetOptions options{.max_spikes = max_spikes, .max_layers = layers};
  options.readouts = false;
  options.losses = {LikelihoodLoss::kind};
  return options;
}
bool has_likelihood(const RandomNet& net) {
  return std::holds_alternative<LikelihoodLoss>(net.loss);
}

std::vector<double> once(const EstimatorFactory& make, const Problem& problem) {
  CounterDraws draws(1, 0, 0);
  std::vector<double> gradient(problem.parameters.size());
  ProblemSampler(problem, make).sample(draws, gradient);
  return gradient;
}
std::vector<double> pfister(const Problem& problem) {
  return once(factory("pfister"), problem);
}

/// One spiking layer, all of it given: -log P(z) is one number, and its derivative comes by dual numbers. Up
/// to 60 spikes, recurrent and with every reset.
TEST(Likelihood, ShallowNetsHaveTheGradientOfTheTargetsProbability) {
  std::size_t checked = 0;
  for (std::uint64_t seed = 0; checked < 150; ++seed) {
    RandomNetOptions options = likelihood_nets(1, 60);
    options.refractory = seed % 2 == 1;
    const RandomNet net = random_net(seed, options);
    if (!has_likelihood(net)) continue;
    ++checked;
    const auto truth = plain_exact_gradient(net.problem());  // one history: nothing is drawn
    ASSERT_EQ(free_spike_count(net.problem()), 0u);
    EXPECT_LT(distance(pfister(net.problem()), truth), likelihood_rounding) << net.description;
    EXPECT_LT(distance(exact_gradient(net.problem()).gradient, truth), likelihood_rounding)
        << net.description;
    EXPECT_LT(distance(once(factory("surrogate"), net.problem()), truth), likelihood_rounding)
        << "nothing hidden: no surrogate is used; " << net.description;
  }
}

// The same by the published rule: Σ (z - p) f'/(p(1-p)) ∂x/∂w, with ∂x/∂w the unit's own filter.
TEST(Likelihood, PfisterIsThePublishedRule) {
  std::size_t checked = 0;
  for (std::uint64_t seed = 0; checked < 60; ++seed) {
    const RandomNet net = random_net(seed, likelihood_nets(1, 30));
    if (!has_likelihood(net)) continue;
    const auto& z = std::get<LikelihoodLoss>(net.loss).target;
    const Population& population = net.network.populations()[1];
    std::vector<double> rule, direction(net.parameters.size(), 0.0);
    double rarest = 1.0;
    for (double& d : direction) {
      d = 1.0;
      PlainNet<Dual<>> plain(net.problem(), along(net.parameters, direction));
      plain.run([](std::size_t, std::size_t, std::size_t, const Dual<>& x) { return x; });
      double sum = 0.0;
      for (std::size_t t = 0; t < z.rows(); ++t)
        for (std::size_t i = 0; i < z.columns(); ++i) {
          const Dual<> x = plain.excess(1, t, i);
          const Dual<> p = plain_probability(population, Dual<>(x.value, 1.0));
          sum -= (z[t][i] - p.value) * p.derivative / (p.value * (1.0 - p.value)) * x.derivative;
          rarest = std::min({rarest, p.value, 1.0 - p.value});
        }
      rule.push_back(sum);
      d = 0.0;
    }
    if (rarest < 1e-4) continue;  // the rule as printed is 0/0 in the tails
    ++checked;
    EXPECT_LT(distance(pfister(net.problem()), rule), likelihood_rounding) << net.description;
  }
}

/// Entries of the connections into the target's population, and its bias.
std::vector<double> of_target_layer(const Problem& problem, std::span<const double> gradient) {
  const PopulationLayout& layout = problem.network.layout(population_of(problem.loss));
  std::vector<std::size_t> blocks = layout.incoming;
  if (layout.bias_block) blocks.push_back(*layout.bias_block);
  std::vector<double> entries;
  for (const std::size_t b : blocks) {
    const ParameterBlock& block = problem.network.blocks()[b];
    const auto part = gradient.subspan(block.offset, block.size);
    entries.insert(entries.end(), part.begin(), part.end());
  }
  return entries;
}

TEST(Likelihood, PfisterIsExactInTheLayerOfTheTarget) {
  std::size_t deep = 0;
  for (std::uint64_t seed = 0; deep < 100; ++seed) {
    RandomNetOptions options = likelihood_nets(3, 9);
    options.refractory = seed % 2 == 1;
    const RandomNet net = random_net(seed, options);
    if (!has_likelihood(net) || free_spike_count(net.problem()) == 0) continue;
    ++deep;
    const auto mean = enumerate(net.problem(), factory("pfister")).gradient,
               truth = plain_exact_gradient(net.problem());
    EXPECT_LT(distance(of_target_layer(net.problem(), mean), of_target_layer(net.problem(), truth)),
              likelihood_rounding)
        << net.description;
    EXPECT_LT(distance(exact_gradient(net.problem()).gradient, truth), likelihood_rounding)
        << net.description;
  }
}

/// The likelihood's own signal, with backpropagation through the reset on top: the target's resets counted as
/// if they depended on w.
class UnforcedBackward final : public BySample {
 public:
  using BySample::BySample;

 private:
  SampleOutcome sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    ReferenceTrial trial(problem.objective(), {});
    const double loss = trial.forward(problem, draws);
    Signals signals;
    signals.reset(problem.network.steps(), problem.network.unit_count());
    add_loss_gradient(problem.loss, problem.network, trial.tape(), signals);
    const Lowering unforced(problem.objective(),
                            {.pseudo = PseudoDerivative::surrogate, .forcing = Forcing::never});
    BackwardPass().run(problem.network, problem.parameters, trial.tape(), unforced, signals, gradient);
    return {.loss = loss};
  }
};

// On some nets a planted error does not show (no spike early enough); on most it must.
TEST(Likelihood, CheckerRejectsPlantedErrors) {
  constexpr std::size_t nets = 20;
  std::size_t planted = 0, no_reset = 0, twice = 0, unforced = 0;
  for (std::uint64_t seed = 0; planted < nets; ++seed) {
    const RandomNet net = random_net(seed, likelihood_nets(1, 30));
    if (!has_likelihood(net) || !reset_matters(net.problem()) ||
        !net.network.populations()[1].differentiate_reset)
      continue;
    ++planted;
    const auto truth = plain_exact_gradient(net.problem());
    const Network other = without_resets(net.network);
    const auto forgets = backward_of({.forcing = Forcing::always}, other),
               follows_samples = backward_of({.forcing = Forcing::never}, net.network);
    const auto counts_twice = [](Engine& engine) { return std::make_unique<UnforcedBackward>(engine); };
    no_reset += distance(once(forgets, net.problem()), truth) > likelihood_rounding;
    twice += distance(once(counts_twice, net.problem()), truth) > likelihood_rounding;
    unforced += distance(once(follows_samples, net.problem()), truth) > likelihood_rounding;
  }
  EXPECT_GE(no_reset, nets / 2);
  EXPECT_GE(twice, nets / 2);
  EXPECT_GE(unforced, nets / 2);
}

}  // namespace
}  // namespace spikegrad
