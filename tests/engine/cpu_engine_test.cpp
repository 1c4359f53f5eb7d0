// SPDX-License-Identifier: Apache-2.0
// The CPU engine at the edges: threads and batch splits, odd sizes, extreme rates, wrong input.
#include <gtest/gtest.h>

#include <cmath>

#include "spikegrad/core/error.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/engine_pair.hpp"

namespace spikegrad {
namespace {

using namespace testing;

Population input_of(std::size_t size) {
  Population x;
  x.name = "x";
  x.unit = InputUnit{};
  x.shape = {1, size};
  return x;
}
Population lif_of(std::size_t size, OutputKind output, double threshold = 1.0) {
  Population h;
  h.name = "h";
  Lif unit;
  unit.threshold = threshold;
  h.unit = unit;
  h.shape = {1, size};
  h.output = output;
  h.surrogate = SuperSpikeSurrogate{};
  return h;
}
Population readout_of(std::size_t size) {
  Population y;
  y.name = "y";
  y.unit = Readout{};
  y.shape = {1, size};
  return y;
}

/// Input, one LIF layer, readout with max-over-time cross-entropy.
EngineCase classifier(std::size_t inputs, std::size_t hidden, std::size_t steps, OutputKind output,
                      double rate, bool recurrent, std::size_t samples, double threshold = 1.0) {
  std::vector<Connection> connections = {{0, 1, Dense{}}, {1, 2, Dense{}}};
  if (recurrent) connections.push_back({1, 1, Dense{}});
  Network network({1e-3, steps}, {input_of(inputs), lif_of(hidden, output, threshold), readout_of(5)},
                  connections);
  Dice dice(inputs + hidden + steps);
  std::vector<double> parameters(network.parameter_count());
  for (double& w : parameters) w = dice.normal();
  Input input;
  input.values.resize(3);
  input.values[0] = Grid<double>(steps, inputs);
  for (double& v : input.values[0].flat()) v = dice.chance(rate) ? 1.0 : 0.0;
  const MaxCrossEntropyLoss loss{2, 1};
  EngineCase c = engine_case({std::move(network), parameters, input, loss, "classifier"}, 1, 3);
  for (std::size_t s = 1; s < samples; ++s) {
    for (double& v : input.values[0].flat()) v = dice.chance(rate) ? 1.0 : 0.0;
    c.inputs.push_back(input);
    c.losses.push_back(MaxCrossEntropyLoss{2, s % 5});
  }
  return c;
}

void expect_equal_to_reference(const EngineCase& c, const std::string& what) {
  const Comparison comparison = compare_engines(c, surrogate_signal, run_cpu(c, surrogate_signal));
  EXPECT_EQ(comparison.wrong, "") << what;
  ASSERT_EQ(comparison.flips, 0u) << what;
  EXPECT_LT(comparison.gradient_distance, gradient_tolerance) << what;
}

TEST(CpuEngine, SameBitsForAnyNumberOfThreads) {
  for (const bool recurrent : {false, true}) {
    const EngineCase c = classifier(70, 37, 20, OutputKind::stochastic, 0.2, recurrent, 150);
    const CpuResult one = run_cpu(c, surrogate_signal, 1);
    for (const unsigned threads : {1u, 2u, 3u, 8u}) {
      const CpuResult other = run_cpu(c, surrogate_signal, threads);
      EXPECT_EQ(one.gradient, other.gradient) << threads;
      for (std::size_t s = 0; s < one.outcomes.size(); ++s)
        EXPECT_EQ(one.outcomes[s].loss, other.outcomes[s].loss) << threads;
    }
  }
}

TEST(CpuEngine, SameBitsForABatchSplitBetweenGroups) {
  const EngineCase c = classifier(70, 37, 20, OutputKind::stochastic, 0.2, false, 100);
  const CaseSamples samples(c);
  CpuEngine engine(c.objective(), 2);
  const auto pass = engine.prepare(surrogate_signal);
  const std::span<const Sample> all = samples.samples();
  const auto gradient_of = [&](std::vector<std::span<const Sample>> parts) {
    std::vector<double> gradient(c.net.parameters.size(), 0.0);
    for (const auto& part : parts)
      pass->run({.parameters = c.net.parameters, .samples = part, .seed = c.seed}, {.gradient = gradient});
    return gradient;
  };
  const std::size_t g = engine.group_size();
  ASSERT_LT(2 * g, all.size());
  const auto whole = gradient_of({all});
  EXPECT_EQ(whole, gradient_of({all}));
  EXPECT_EQ(whole, gradient_of({all.first(g), all.subspan(g)}));
  EXPECT_EQ(whole, gradient_of({all.first(2 * g), all.subspan(2 * g), {}}));
  EXPECT_EQ(whole, gradient_of({all.first(g), all.subspan(g, g), all.subspan(2 * g)}));
}

TEST(CpuEngine, SizesThatFillNoVector) {
  for (const std::size_t hidden : {1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 100, 129})
    for (const bool recurrent : {false, true})
      expect_equal_to_reference(classifier(19, hidden, 12, OutputKind::stochastic, 0.3, recurrent, 3),
                                "hidden " + std::to_string(hidden));
}

TEST(CpuEngine, OneStepAndNoEvents) {
  for (const bool recurrent : {false, true}) {
    expect_equal_to_reference(classifier(9, 7, 1, OutputKind::stochastic, 0.5, recurrent, 2), "one step");
    expect_equal_to_reference(classifier(9, 7, 2, OutputKind::deterministic, 0.5, recurrent, 2), "two steps");
    expect_equal_to_reference(classifier(9, 7, 10, OutputKind::stochastic, 0.0, recurrent, 2), "no events");
  }
}

TEST(CpuEngine, UnitsThatNeverOrAlwaysSpike) {
  for (const OutputKind output : {OutputKind::deterministic, OutputKind::stochastic})
    for (const double threshold : {-1e4, 1e4}) {
      const EngineCase c = classifier(9, 37, 15, output, 0.5, true, 2, threshold);
      expect_equal_to_reference(c, "threshold");
      const CpuResult result = run_cpu(c, surrogate_signal);
      EXPECT_EQ(result.activity[0][1], threshold < 0 ? 37.0 * 15.0 : 0.0);
    }
}

TEST(CpuEngine, OneInputAndTheMostThereCanBe) {
  expect_equal_to_reference(classifier(1, 5, 20, OutputKind::stochastic, 0.5, false, 2), "1 input");
  expect_equal_to_reference(classifier(65536, 3, 4, OutputKind::stochastic, 0.001, false, 2), "65536 inputs");
  const EngineCase c = classifier(65537, 1, 1, OutputKind::stochastic, 0.0, false, 1);
  EXPECT_THROW(run_cpu(c, surrogate_signal), UserError);
}

TEST(CpuEngine, AnEventNamedTwiceCountsTwice) {
  const EngineCase c = classifier(4, 6, 8, OutputKind::deterministic, 0.5, false, 1, 0.05);
  const std::vector<std::uint32_t> begin = {0, 2, 2, 3, 3, 3, 3, 3, 3};
  const std::vector<std::uint16_t> units = {1, 1, 3};
  std::vector<double> values(32, 0.0);
  values[1] = 2.0;
  values[2 * 4 + 3] = 1.0;
  const std::vector<double>& parameters = c.net.parameters;
  CpuEngine engine(c.objective());
  const auto pass = engine.prepare(surrogate_signal);
  std::vector<double> gradients[2];
  for (const bool dense : {false, true}) {
    const std::vector<SampleInput> inputs = {dense ? SampleInput(DenseValues{values})
                                                   : EventList{begin, units}};
    const std::vector<Sample> batch = {{inputs, &c.losses[0], 0, 0}};
    gradients[dense].assign(parameters.size(), 0.0);
    pass->run({.parameters = parameters, .samples = batch}, {.gradient = gradients[dense]});
  }
  for (std::size_t k = 0; k < parameters.size(); ++k)
    EXPECT_NEAR(gradients[0][k], gradients[1][k], 1e-6) << k;
  EXPECT_NE(gradients[0], std::vector<double>(parameters.size(), 0.0));
}

TEST(CpuEngine, RefusesEventsThatDoNotFit) {
  const EngineCase c = classifier(4, 6, 2, OutputKind::deterministic, 0.5, false, 1);
  const auto run = [&](std::vector<std::uint32_t> begin, std::vector<std::uint16_t> units) {
    const std::vector<SampleInput> inputs = {EventList{begin, units}};
    const std::vector<Sample> batch(70, Sample{inputs, &c.losses[0], 0, 0});
    for (const EngineKind kind : {EngineKind::reference, EngineKind::cpu})
      make_engine(c.objective(), {.kind = kind, .threads = 2})
          ->prepare(surrogate_signal)
          ->run({.parameters = c.net.parameters, .samples = batch}, {});
  };
  EXPECT_NO_THROW(run({0, 1, 2}, {0, 3}));
  EXPECT_THROW(run({0, 1, 2}, {0, 4}), UserError);
  EXPECT_THROW(run({0, 1}, {0, 3}), UserError);
  EXPECT_THROW(run({0, 2, 1}, {0, 3}), UserError);
  EXPECT_THROW(run({0, 1, 3}, {0, 3}), UserError);
}

// The comparison itself must see what it is there to see.
TEST(CpuEngine, PlantedErrorsAreCaught) {
  const EngineCase c = classifier(30, 20, 25, OutputKind::stochastic, 0.3, true, 2);
  const CpuResult right = run_cpu(c, surrogate_signal);
  ASSERT_EQ(compare_engines(c, surrogate_signal, right).wrong, "");

  CpuResult spike = right;  // one spike more, far from any threshold
  Grid<float>& raster = spike.records[1].output[1];
  for (std::size_t i = 0; i < 20; ++i)
    if (right.records[1].excess[1][20][i] < -0.5f) raster[20][i] = 1.0f - raster[20][i];
  EXPECT_NE(compare_engines(c, surrogate_signal, spike).wrong, "");

  CpuResult potential = right;
  potential.records[0].excess[1][10][3] += 1e-3f;
  EXPECT_NE(compare_engines(c, surrogate_signal, potential).wrong, "");

  CpuResult gradient = right;
  double largest = 0.0;
  for (const double g : gradient.gradient) largest = std::max(largest, std::abs(g));
  gradient.gradient[7] += 2e-5 * largest;
  EXPECT_GT(compare_engines(c, surrogate_signal, gradient).gradient_distance, gradient_tolerance);

  EngineCase other_draws = c;  // draws of another trial
  ++other_draws.trial;
  const Comparison comparison = compare_engines(other_draws, surrogate_signal, right);
  EXPECT_NE(comparison.wrong, "");

  LearningSignal other = surrogate_signal;  // another estimator
  other.pseudo = PseudoDerivative::smoothed;
  EXPECT_GT(compare_engines(c, other, right).gradient_distance, gradient_tolerance);
}

}  // namespace
}  // namespace spikegrad
