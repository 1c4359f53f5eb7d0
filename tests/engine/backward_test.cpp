// SPDX-License-Identifier: Apache-2.0
// The backward pass against forward mode: dual numbers through the reference forward pass and through the
// second simulator, every parameter, on random analog nets.
#include "spikegrad/engine/reference/backward.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/reference/forward.hpp"
#include "spikegrad/engine/reference/trial.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/plain_net.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

using namespace testing;

const RandomNetOptions analog{.max_spikes = 60,
                              .max_steps = 12,
                              .max_units = 8,
                              .max_inputs = 6,
                              .planes = true,
                              .spread = true,
                              .outputs = {OutputKind::analog}};

constexpr double tolerance = 1e-9;  // of the largest entry

std::vector<double> backward(const Problem& problem, PseudoDerivative pseudo) {
  CounterDraws draws(0, 0, 0);
  ReferenceTrial trial(problem.objective(), {.pseudo = pseudo});
  const double loss = trial.forward(problem, draws);
  std::vector<double> gradient(problem.parameters.size(), 0.0);
  trial.backward(problem, loss, {}, gradient);
  return gradient;
}

/// Forward mode: one run of the reference forward pass for each parameter.
std::vector<double> forward_mode(const Problem& problem) {
  std::vector<double> gradient, direction(problem.parameters.size(), 0.0);
  for (double& d : direction) {
    d = 1.0;
    const auto w = along(problem.parameters, direction);
    Tape<Dual<>> tape;
    forward<Dual<>>(
        problem.network, w, problem.input, ForwardMode::sampled, nullptr,
        [](const Slot&, const Dual<>& p) { return p; }, tape, 0, problem.dropout_scale, problem.done);
    gradient.push_back(total_loss(problem, tape).derivative);
    d = 0.0;
  }
  return gradient;
}

TEST(Backward, AgreesWithDualNumbersOnAnalogNets) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const RandomNet net = random_net(seed, analog);
    const auto expected = forward_mode(net.problem());
    for (const auto pseudo : {PseudoDerivative::zero, PseudoDerivative::smoothed, PseudoDerivative::spike})
      EXPECT_LT(distance(backward(net.problem(), pseudo), expected), tolerance) << net.description;
  }
}

/// The second simulator with φ' in place of the derivative of every output.
template <class PseudoSlope>
std::vector<double> plain_forward_mode(const Problem& problem, PseudoSlope&& slope) {
  std::vector<double> gradient, direction(problem.parameters.size(), 0.0);
  for (double& d : direction) {
    d = 1.0;
    PlainNet<Dual<>> net(problem, along(problem.parameters, direction));
    const Dual<> loss = net.run([&](std::size_t p, std::size_t, std::size_t, const Dual<>& x) {
      const Population& population = problem.network.populations()[p];
      return Dual<>(plain_probability(population, x.value), slope(population, x) * x.derivative);
    });
    gradient.push_back(loss.derivative);
    d = 0.0;
  }
  return gradient;
}

TEST(Backward, PutsTheSurrogateForTheDerivativeOfAnalogUnits) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, analog);
    const auto surrogate = plain_forward_mode(net.problem(), [](const Population& p, const Dual<>& x) {
      if (p.surrogate)
        return std::visit([&](const auto& g) { return equations::slope(g, x.value); }, *p.surrogate);
      return plain_probability(p, Dual<>(x.value, 1.0)).derivative;
    });
    EXPECT_LT(distance(backward(net.problem(), PseudoDerivative::surrogate), surrogate), tolerance)
        << net.description;
    const auto one = plain_forward_mode(net.problem(), [](const Population&, const Dual<>&) { return 1.0; });
    EXPECT_LT(distance(backward(net.problem(), PseudoDerivative::one), one), tolerance) << net.description;
  }
}

// The check must see a reset that is (not) differentiated, a wrong sign, another φ'.
TEST(Backward, CheckerRejectsPlantedErrors) {
  std::size_t planted = 0;
  for (std::uint64_t seed = 0; planted < 5; ++seed) {
    const RandomNet net = random_net(seed, analog);
    const auto* lif = std::get_if<Lif>(&net.network.populations().back().unit);
    if (!lif || lif->reset == Reset::none || net.network.steps() < 6) continue;
    if (population_of(net.loss) + 1 != net.network.populations().size()) continue;
    ++planted;
    const auto expected = forward_mode(net.problem());
    std::vector<Population> populations = net.network.populations();
    populations.back().differentiate_reset ^= true;
    const Network flipped(net.network.time(), populations, net.network.connections());
    EXPECT_GT(distance(backward({flipped, net.parameters, net.input, net.loss, net.regularisers,
                                 net.dropout_scale, RandomNet::done},
                                PseudoDerivative::zero),
                       expected),
              tolerance)
        << net.description;
    auto negative = backward(net.problem(), PseudoDerivative::zero);
    for (double& g : negative) g = -g;
    EXPECT_GT(distance(negative, expected), tolerance);
    EXPECT_GT(distance(backward(net.problem(), PseudoDerivative::one), expected), tolerance);
  }
}

// The smoothed Bernoulli derivative is 1 for every p that can give the outcome, however extreme.
TEST(SmoothedBernoulli, IsOneWhateverWasDrawn) {
  for (const double p : {5e-324, 1e-310, 1e-200, 1e-9, 0.3, 0.999, 1.0 - 1e-16, 1.0})
    EXPECT_NEAR(smoothed_bernoulli_derivative(p, true), 1.0, 1e-15) << p;
  for (const double p : {0.0, 5e-324, 1e-310, 1e-9, 0.3, 0.999, 1.0 - 1e-16})
    EXPECT_NEAR(smoothed_bernoulli_derivative(p, false), 1.0, 1e-15) << p;
}

TEST(Backward, RefusesATapeOfAnotherNet) {
  const RandomNet net = random_net(1, analog);
  Tape<double> tape;
  Signals signals;
  std::vector<double> gradient(net.parameters.size());
  const Lowering lowering(net.problem().objective(), {});
  EXPECT_THROW(BackwardPass().run(net.network, net.parameters, tape, lowering, signals, gradient),
               InternalError);
}

}  // namespace
}  // namespace spikegrad
