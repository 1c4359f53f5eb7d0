// SPDX-License-Identifier: Apache-2.0
// Objectives and problems that are put together in code are held to what a model file's reader holds them to.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/engine.hpp"
#include "spikegrad/engine/problem.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t small_steps = 3;

Network small_net(OutputKind output = OutputKind::stochastic) {
  return Network({1e-3, small_steps},
                 {{.name = "x", .unit = InputUnit{}, .shape = {1, 2}},
                  {.name = "h", .unit = Lif{}, .shape = {1, 2}, .output = output},
                  {.name = "o", .unit = Readout{}, .shape = {1, 2}}},
                 {{0, 1, Dense{}}, {1, 2, Dense{}}});
}

std::string refusal(const Network& network, const Loss& loss,
                    std::span<const Regulariser> regularisers = {}) {
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference}) {
    std::string said;
    try {
      make_engine({network, loss, regularisers}, {kind, 1});
    } catch (const UserError& error) {
      said = error.what();
    }
    if (kind == EngineKind::reference || said.empty()) return said;
  }
  return {};
}

void says(const std::string& message, const std::string& part) {
  EXPECT_NE(message.find(part), std::string::npos) << '"' << message << '"';
}

TEST(CheckObjective, EveryEngineRefusesALossThatDoesNotFit) {
  const Network network = small_net(), deterministic = small_net(OutputKind::deterministic);
  const Grid<double> raster(small_steps, 2, 1.0);
  EXPECT_EQ(refusal(network, MaxCrossEntropyLoss{.population = 2, .label = 1}), "");
  EXPECT_EQ(refusal(network, LikelihoodLoss{1, raster}), "");
  says(refusal(network, MaxCrossEntropyLoss{.population = 9}), "no population 9");
  says(refusal(network, MaxCrossEntropyLoss{.population = 1}), "readout");
  says(refusal(network, MeanCrossEntropyLoss{.population = 2, .label = 2}),
       "label 2: must be below the 2 units");
  says(refusal(network, SoftmaxSumLoss{.population = 2, .ignore_steps = 3}),
       "ignore_steps 3: must be below the 3 steps");
  EXPECT_EQ(refusal(network, CountCrossEntropyLoss{.population = 1, .label = 1}), "");
  says(refusal(network, CountCrossEntropyLoss{.population = 2}), "must look at units that spike");
  says(refusal(network, FirstSpikeCrossEntropyLoss{.population = 1, .scale = 0.0}), "scale");
  says(refusal(network, LinearLoss{0, raster}), "is an input");
  says(refusal(network, LinearLoss{1, Grid<double>(2, 2)}),
       "coefficients has 2 steps of 2 units: must be 3 of 2");
  says(refusal(network, SquaredErrorLoss{1, {}}), "target has 0 steps");
  says(refusal(network, SquaredErrorLoss{1, Grid<double>(small_steps, 2, std::nan(""))}), "must be finite");
  says(refusal(network, LikelihoodLoss{1, Grid<double>(small_steps, 2, 0.5)}), "0 or 1");
  says(refusal(deterministic, LikelihoodLoss{1, raster}), "stochastic");
  VanRossumLoss distance;
  distance.population = 1;
  distance.target = raster;
  distance.tau_mem = -1.0;
  says(refusal(network, distance), "tau_mem must be a number above 0");
}

TEST(CheckObjective, EveryEngineRefusesAPenaltyThatDoesNotFit) {
  const Network network = small_net();
  const Loss loss = MaxCrossEntropyLoss{.population = 2};
  const auto refusal_of = [&](std::size_t population, double bound) {
    UpperBound penalty;
    penalty.population = population;
    penalty.bound = bound;
    const Regulariser one = penalty;
    return refusal(network, loss, {&one, 1});
  };
  EXPECT_EQ(refusal_of(1, 0.0), "");
  says(refusal_of(2, 0.0), "units that spike");
  says(refusal_of(7, 0.0), "units that spike");
  says(refusal_of(1, -1.0), "bound must be a number of 0 or more");
}

TEST(CheckProblem, SizesAndNumbers) {
  const Network network = small_net();
  const Loss loss = MaxCrossEntropyLoss{.population = 2};
  std::vector<double> w(network.parameter_count());
  Input input{{Grid<double>(small_steps, 2), {}, {}}};
  EXPECT_NO_THROW(check(Problem{network, w, input, loss}));
  EXPECT_THROW(check(Problem{network, std::span(w).first(1), input, loss}), UserError);
  EXPECT_THROW(check(Problem{network, w, Input{}, loss}), UserError);
  EXPECT_THROW(check(Problem{network, w, Input{{Grid<double>(1, 2)}}, loss}), UserError);
  EXPECT_THROW(check(Problem{network, w, input, loss, {}, std::span(w).first(1)}), UserError);
  input.values[0][1][1] = std::nan("");
  EXPECT_THROW(check(Problem{network, w, input, loss}), UserError);
  input.values[0][1][1] = 0.0;
  w[0] = INFINITY;
  EXPECT_THROW(check(Problem{network, w, input, loss}), UserError);
}

}  // namespace
}  // namespace spikegrad
