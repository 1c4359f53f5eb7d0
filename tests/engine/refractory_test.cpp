// SPDX-License-Identifier: Apache-2.0
// Refractory periods by hand, on both engines; random nets have them too (cpu_random_test.cpp, and unbiased_test.cpp of
// the estimators).
#include <gtest/gtest.h>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/engine.hpp"
#include "spikegrad/engine/problem.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t resting_steps = 40;

/// One integrate-and-fire unit without reset, driven so that it is above its threshold from step 1 on.
struct Driven {
  Network network;
  std::vector<double> parameters = {1.0};
  Loss loss = LinearLoss{.population = 1, .coefficients = Grid<double>(resting_steps, 1)};

  explicit Driven(std::size_t refractory_steps, OutputKind output = OutputKind::deterministic)
      : network(make(refractory_steps, output)) {
    auto coefficients = std::get<LinearLoss>(loss).coefficients.flat();
    for (std::size_t t = 0; t < resting_steps; ++t) coefficients[t] = static_cast<double>(t + 1);
  }
  static Network make(std::size_t refractory_steps, OutputKind output) {
    std::vector<Population> populations(2);
    populations[0].name = "x";
    populations[0].unit = InputUnit{};
    populations[1].name = "h";
    populations[1].unit = Integrate{{}, 0.5, 0.0, PlainReset::none};
    populations[1].output = output;
    populations[1].escape = SigmoidEscape{.beta = 2.0};
    populations[1].refractory_steps = refractory_steps;
    return Network({1e-3, resting_steps}, std::move(populations), {{0, 1, Dense{}}});
  }

  /// Its spikes, the input being 1 in step 0, and the gradient by φ' = 1.
  std::vector<std::size_t> run(EngineKind kind, double& gradient) const {
    const auto engine = make_engine({network, loss}, {.kind = kind, .threads = 1});
    const auto pass = engine->prepare({.pseudo = PseudoDerivative::one});
    Grid<double> x(resting_steps, 1);
    x[0][0] = 1.0;
    const SampleInput input = DenseValues{x.flat()};
    const std::vector<Sample> samples = {{.inputs = std::span(&input, 1), .loss = &loss}};
    std::vector<double> gradients(1);
    std::vector<SampleRecord> records(1);
    pass->run({.parameters = parameters, .samples = samples, .seed = 3},
              {.gradient = gradients, .records = records});
    gradient = gradients[0];
    std::vector<std::size_t> times;
    for (std::size_t t = 0; t < resting_steps; ++t)
      if (records[0].output[1][t][0] != 0.0f) times.push_back(t);
    return times;
  }
};

// u = 1 from step 1 on, without end: a spike each R + 1 steps, and a gradient of those steps alone, for dx/dw = 1.
TEST(Refractory, SpikesComeEachPeriodAndOthersHaveNoGradient) {
  for (const EngineKind kind : {EngineKind::reference, EngineKind::cpu})
    for (const std::size_t rest : {0, 1, 3, 60}) {
      double gradient = 0.0, expected = 0.0;
      const std::vector<std::size_t> times = Driven(rest).run(kind, gradient);
      std::vector<std::size_t> wanted;
      for (std::size_t t = 1; t < resting_steps; t += rest + 1) wanted.push_back(t);
      EXPECT_EQ(times, wanted) << rest;
      for (const std::size_t t : times) expected += static_cast<double>(t + 1);
      EXPECT_NEAR(gradient, expected, 1e-4) << rest;
    }
}

TEST(Refractory, DrawnSpikesKeepTheirDistanceOnBothEngines) {
  double one = 0.0, other = 0.0;
  const Driven net(2, OutputKind::stochastic);
  const auto times = net.run(EngineKind::cpu, one);
  EXPECT_EQ(times, net.run(EngineKind::reference, other));
  EXPECT_NEAR(one, other, 1e-4);
  ASSERT_GE(times.size(), 5u);
  for (std::size_t k = 1; k < times.size(); ++k) EXPECT_GT(times[k] - times[k - 1], 2u);
}

TEST(Refractory, TargetsThatCannotBeAreRefused) {
  const Driven net(2, OutputKind::stochastic);
  LikelihoodLoss likelihood{.population = 1, .target = Grid<double>(resting_steps, 1)};
  likelihood.target[4][0] = likelihood.target[7][0] = 1.0;
  EXPECT_NO_THROW(check({net.network, Loss(likelihood)}));
  likelihood.target[6][0] = 1.0;
  EXPECT_THROW(check({net.network, Loss(likelihood)}), UserError);
}

TEST(Refractory, UnitsWithoutMemoryAndNumbersHaveNone) {
  EXPECT_THROW(Driven(1, OutputKind::analog), UserError);
  std::vector<Population> populations(2);
  populations[0].name = "x";
  populations[0].unit = InputUnit{};
  populations[1].name = "h";
  populations[1].unit = Binary{};
  populations[1].refractory_steps = 1;
  EXPECT_THROW(Network({1e-3, resting_steps}, populations, {{0, 1, Dense{}}}), UserError);
}

}  // namespace
}  // namespace spikegrad
