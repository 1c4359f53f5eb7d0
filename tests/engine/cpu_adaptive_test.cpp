// SPDX-License-Identifier: Apache-2.0
// Adaptive thresholds and learned time constants in the CPU engine: every reset, shared or of each unit, in
// a loop or not, for more units than a panel has; and the comparison sees what would be wrong with them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/support/allocations.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/engine_pair.hpp"

namespace spikegrad {
namespace {

using namespace testing;

struct Setting {
  Reset reset = Reset::multiplicative;
  bool differentiate = false, recurrent = false;
  LearnTimeConstants learn = LearnTimeConstants::unit;
  double adaptation = 0.8;
  std::size_t units = 70;
};

Network network_of(const Setting& setting) {
  std::vector<Population> p(3);
  p[0].name = "x", p[0].unit = InputUnit{}, p[0].shape = {1, 12};
  Alif unit;
  unit.reset = setting.reset;
  unit.tau_adaptation = 15e-3;
  unit.adaptation = setting.adaptation;
  p[1].name = "h", p[1].unit = unit, p[1].shape = {1, setting.units};
  p[1].surrogate = SuperSpikeSurrogate{.beta = 5.0};
  p[1].differentiate_reset = setting.differentiate;
  p[1].learn_time_constants = setting.learn;
  p[2].name = "y", p[2].unit = Readout{}, p[2].shape = {1, 4};
  p[2].learn_time_constants = setting.learn;
  std::vector<Connection> connections{{0, 1, Dense{}}, {1, 2, Dense{}}};
  if (setting.recurrent) connections.push_back({1, 1, Dense{}});
  return Network({1e-3, 40}, p, connections);
}

EngineCase case_of(const Setting& setting) {
  Dice dice(11);
  Network network = network_of(setting);
  std::vector<double> parameters(network.parameter_count());
  for (const ParameterBlock& block : network.blocks())
    for (std::size_t k = block.offset; k < block.offset + block.size; ++k)
      parameters[k] =
          block.kind == ParameterKind::log_tau ? std::log(1e-3) + dice.real(0.5, 3.0) : 1.5 * dice.normal();
  Input input;
  input.values.resize(3);
  input.values[0] = Grid<double>(40, 12);
  for (double& v : input.values[0].flat()) v = dice.chance(0.3) ? 1.0 : 0.0;
  return engine_case({std::move(network), parameters, input, MeanCrossEntropyLoss{2, 1}, "adaptive"}, 5, 3);
}

TEST(CpuAdaptive, EqualsReferenceForEveryResetAndSharing) {
  for (const Reset reset : {Reset::multiplicative, Reset::multiplicative_leak, Reset::subtractive,
                            Reset::subtractive_leak, Reset::none})
    for (const bool differentiate : {false, true})
      for (const bool recurrent : {false, true})
        for (const auto learn :
             {LearnTimeConstants::none, LearnTimeConstants::population, LearnTimeConstants::unit}) {
          const EngineCase c = case_of(
              {.reset = reset, .differentiate = differentiate, .recurrent = recurrent, .learn = learn});
          const Comparison comparison = compare_engines(c, surrogate_signal, run_cpu(c, surrogate_signal));
          const std::string what = std::string(names_of(reset)[static_cast<std::size_t>(reset)]) +
                                   (differentiate ? " differentiated" : "") +
                                   (recurrent ? " recurrent " : " ") +
                                   std::string(names_of(learn)[static_cast<std::size_t>(learn)]);
          EXPECT_EQ(comparison.wrong, "") << what;
          EXPECT_EQ(comparison.flips, 0u) << what;
          EXPECT_GT(comparison.largest, 1e-6) << what;
          EXPECT_LT(comparison.gradient_distance,
                    std::max(gradient_tolerance, 30 * comparison.gradient_condition))
              << what;
        }
}

TEST(CpuAdaptive, ThreadsMakeNoDifference) {
  EngineCase c = case_of({.recurrent = true});
  const EngineCase few = c;
  for (std::size_t k = 0; k < 70; ++k) {  // more samples than a group has
    c.inputs.push_back(few.inputs[k % few.inputs.size()]);
    c.losses.push_back(few.losses[k % few.losses.size()]);
  }
  EXPECT_EQ(run_cpu(c, surrogate_signal, 1).gradient, run_cpu(c, surrogate_signal, 3).gradient);
}

TEST(CpuAdaptive, PlantedErrorsAreCaught) {
  const EngineCase c = case_of({});
  const CpuResult right = run_cpu(c, surrogate_signal);
  ASSERT_EQ(compare_engines(c, surrogate_signal, right).wrong, "");
  ASSERT_LT(compare_engines(c, surrogate_signal, right).gradient_distance, gradient_tolerance);

  EngineCase other{{network_of({.adaptation = 0.81}), c.net.parameters, c.net.input, c.net.loss, "other"},
                   c.inputs,
                   c.losses,
                   c.seed,
                   c.trial,
                   c.baseline,
                   c.as_values};  // a threshold that rises by more
  EXPECT_NE(compare_engines(other, surrogate_signal, right).wrong, "");

  const auto& blocks = c.net.network.blocks();
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    if (blocks[b].kind != ParameterKind::log_tau) continue;
    CpuResult without = right;  // no gradient of one kind of time constant
    std::fill_n(without.gradient.begin() + static_cast<std::ptrdiff_t>(blocks[b].offset), blocks[b].size,
                0.0);
    EXPECT_GT(compare_engines(c, surrogate_signal, without).gradient_distance, gradient_tolerance)
        << blocks[b].name;
    EngineCase tau = c;  // another time constant
    tau.net.parameters[blocks[b].offset] += 1e-2;
    const Comparison comparison = compare_engines(tau, surrogate_signal, right);
    EXPECT_TRUE(!comparison.wrong.empty() || comparison.gradient_distance > gradient_tolerance)
        << blocks[b].name;
  }
}

TEST(CpuAdaptive, TheTimeLoopAllocatesNothing) {
  const auto allocations_of = [](std::size_t steps) {
    const Network of_40 = network_of({.recurrent = true});
    const Network network({1e-3, steps}, of_40.populations(), of_40.connections());
    const Loss loss = MeanCrossEntropyLoss{2, 1};
    Input input;
    input.values.resize(3);
    input.values[0] = Grid<double>(steps, 12);
    const OwnedSample sample(network, input);
    const std::vector<Sample> batch(4, sample.sample(loss, 0, 0));
    const std::vector<double> parameters(network.parameter_count(), -4.0);
    std::vector<double> gradient(parameters.size());
    CpuEngine engine({network, loss}, 1);
    const auto pass = engine.prepare(surrogate_signal);
    pass->run({.parameters = parameters, .samples = batch}, {.gradient = gradient});
    const long before = testing::allocations();
    pass->run({.parameters = parameters, .samples = batch}, {.gradient = gradient});
    return testing::allocations() - before;
  };
  EXPECT_EQ(allocations_of(60), allocations_of(20));
}

}  // namespace
}  // namespace spikegrad
