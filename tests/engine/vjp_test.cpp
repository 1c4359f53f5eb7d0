// SPDX-License-Identifier: Apache-2.0
// A pass as a vector-Jacobian product: outputs of a population forward, signals at them back to the parameters and to
// the inputs. The reference engine against finite differences on analog nets, the CPU engine against the reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/reference/engine.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/engine_pair.hpp"

namespace spikegrad {
namespace {

using namespace testing;

/// What comes of one run, sample after sample.
template <class T>
struct Vjp {
  std::vector<std::vector<T>> outputs, inputs;  ///< [samples], [samples, input populations]
  std::vector<double> gradient;
};

/// The case's net with a linear loss of population p, each sample with coefficients of its own.
EngineCase with_signals(EngineCase c, std::size_t p) {
  Dice dice(c.seed + 77);
  c.net.regularisers.clear();
  for (Loss& loss : c.losses) {
    Grid<double> coefficients(c.net.network.steps(), c.net.network.populations()[p].size());
    for (double& a : coefficients.flat())
      a = dice.chance(0.3) ? 0.0 : double{static_cast<float>(dice.normal())};
    loss = LinearLoss{.population = p, .coefficients = coefficients};
  }
  c.net.loss = c.losses[0];
  return c;
}

template <class T>
Vjp<T> run(const EngineCase& c, Engine& engine, LearningSignal signal) {
  signal.to_inputs = true;
  const Network& network = c.net.network;
  const CaseSamples samples(c);
  Vjp<T> out;
  const std::size_t size = network.populations()[population_of(c.net.loss)].size();
  for (std::size_t s = 0; s < c.inputs.size(); ++s) {
    out.outputs.emplace_back(network.steps() * size, T(-1));
    for (const Population& p : network.populations())
      if (output_of(p.unit) == UnitOutput::given) out.inputs.emplace_back(network.steps() * p.size(), T(-1));
  }
  std::vector<NumberSpan> outputs, inputs;
  for (auto& o : out.outputs) outputs.emplace_back(std::span<T>(o));
  for (auto& i : out.inputs) inputs.emplace_back(std::span<T>(i));
  out.gradient.assign(c.net.parameters.size(), 0.0);
  engine.prepare(signal)->run(
      {.parameters = c.net.parameters, .samples = samples.samples(), .seed = c.seed, .dropout = c.dropout},
      {.gradient = out.gradient, .outputs = outputs, .input_gradients = inputs});
  return out;
}

RandomNetOptions vjp_options(Dice& dice, std::vector<OutputKind> outputs) {
  RandomNetOptions o;
  o.max_spikes = 100000;
  o.max_units = dice.pick<std::size_t>({4, 20, 100});
  o.max_inputs = dice.pick<std::size_t>({4, 20, 70});
  o.max_steps = 12;
  o.planes = true;
  o.wide_kernels = true;
  o.outputs = std::move(outputs);
  return o;
}

std::size_t pick_output(Dice& dice, const Network& network) {
  std::vector<std::size_t> all;
  for (std::size_t p = 0; p < network.populations().size(); ++p)
    if (output_of(network.populations()[p].unit) != UnitOutput::given) all.push_back(p);
  return dice.pick(all);
}

TEST(Vjp, ReferenceAgreesWithFiniteDifferencesAtTheInputs) {
  constexpr double step = 1e-5;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Dice dice(seed);
    RandomNetOptions smooth = vjp_options(dice, {OutputKind::analog});
    smooth.escapes = {"sigmoid"};
    RandomNet net = random_net(seed, smooth);
    std::vector<Population> populations = net.network.populations();
    for (Population& p : populations) p.differentiate_reset = p.spikes() && has_reset(p.unit);
    net.network = Network(net.network.time(), populations, net.network.connections());
    EngineCase c = engine_case(std::move(net), 1, seed);
    c = with_signals(std::move(c), pick_output(dice, c.net.network));
    ReferenceEngine engine(c.objective(), 1);
    const LearningSignal smoothed{.pseudo = PseudoDerivative::smoothed};
    const Vjp<double> vjp = run<double>(c, engine, smoothed);
    const auto loss = [&] {
      double sum = 0.0;
      const auto outputs = run<double>(c, engine, smoothed).outputs[0];
      const auto& coefficients = std::get<LinearLoss>(c.losses[0]).coefficients.flat();
      for (std::size_t k = 0; k < outputs.size(); ++k) sum += coefficients[k] * outputs[k];
      return sum;
    };
    double largest = 1e-3;
    for (const auto& grid : vjp.inputs)
      for (const double g : grid) largest = std::max(largest, std::abs(g));
    std::size_t k = 0;
    c.as_values = true;  // the numbers are no spikes any more
    for (Grid<double>& grid : c.inputs[0].values) {
      if (grid.empty()) continue;
      for (int probe = 0; probe < 6; ++probe) {
        const std::size_t at = dice.below(grid.flat().size());
        const double before = grid.flat()[at];
        grid.flat()[at] = before + step;
        const double above = loss();
        grid.flat()[at] = before - step;
        const double below = loss();
        grid.flat()[at] = before;
        EXPECT_NEAR(vjp.inputs[k][at], (above - below) / (2 * step), 1e-6 * largest) << c.net.description;
      }
      ++k;
    }
  }
}

TEST(Vjp, CpuEqualsReferenceOnRandomNets) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Dice dice(2000000 + seed);
    EngineCase c = engine_case(
        random_net(
            seed, vjp_options(dice, {OutputKind::stochastic, OutputKind::deterministic, OutputKind::analog})),
        dice.between(1, 3), seed);
    c = with_signals(std::move(c), pick_output(dice, c.net.network));
    const LearningSignal signal{
        .forward = dice.chance(0.2) ? ForwardMode::mean_field : ForwardMode::sampled,
        .pseudo = dice.pick<PseudoDerivative>(
            {PseudoDerivative::surrogate, PseudoDerivative::one, PseudoDerivative::smoothed})};
    ReferenceEngine slow(c.objective(), 1);
    CpuEngine engine(c.objective(), 1);
    const Vjp<double> right = run<double>(c, slow, signal);
    const Vjp<float> fast = run<float>(c, engine, signal);
    const Comparison condition = compare_engines(c, signal, run_cpu(c, signal));
    if (condition.flips > 0 || !condition.wrong.empty() || condition.gradient_condition > 1e-6 ||
        condition.largest > 1e20)
      continue;
    ++compared;
    double off = 0.0, largest = 1e-12, off_outputs = 0.0;
    for (std::size_t k = 0; k < right.inputs.size(); ++k)
      for (std::size_t i = 0; i < right.inputs[k].size(); ++i) {
        off = std::max(off, std::abs(double{fast.inputs[k][i]} - right.inputs[k][i]));
        largest = std::max(largest, std::abs(right.inputs[k][i]));
      }
    for (std::size_t s = 0; s < right.outputs.size(); ++s)
      for (std::size_t i = 0; i < right.outputs[s].size(); ++i)
        off_outputs = std::max(off_outputs, std::abs(double{fast.outputs[s][i]} - right.outputs[s][i]) /
                                                (1.0 + std::abs(right.outputs[s][i])));
    EXPECT_LT(off, 1e-4 * largest) << c.net.description;
    EXPECT_LT(off_outputs, 1e-4) << c.net.description;
    EXPECT_LT(distance(fast.gradient, right.gradient, 1e-30), 1e-4) << c.net.description;
  }
  EXPECT_GE(compared, 200u);
}

// Channels and positions of an input that convolves and connects densely: its signals stand in another order.
void channels_and_positions(bool delayed) {
  Dice dice(5);
  ConnectionDelays delays;
  for (int j = 0; delayed && j < 33; ++j) delays.seconds.push_back(dice.real(0.0, 3e-3));
  const Network network(
      {1e-3, 9},
      {{.name = "x", .unit = InputUnit{}, .shape = {.channels = 3, .positions = 11}},
       {.name = "c", .unit = Lif{}, .shape = {.channels = 5, .positions = 4}, .output = OutputKind::analog},
       {.name = "d", .unit = Lif{}, .shape = {.positions = 7}, .output = OutputKind::analog},
       {.name = "o", .unit = Readout{}, .shape = {.positions = 6}}},
      {{.from = 0, .to = 1, .kind = Conv1d{.kernel = 4, .stride = 2}, .delays = delays},
       {.from = 0, .to = 2, .kind = Dense{}, .delays = delays},
       {.from = 1, .to = 3, .kind = Dense{}},
       {.from = 2, .to = 3, .kind = Dense{}}});
  std::vector<double> parameters(network.parameter_count());
  for (double& w : parameters) w = double{static_cast<float>(dice.normal())};
  Input input{{Grid<double>(9, 33), {}, {}, {}}};
  for (double& v : input.values[0].flat()) v = double{static_cast<float>(dice.normal())};
  const Loss loss = LinearLoss{.population = 3, .coefficients = Grid<double>(9, 6)};
  const EngineCase c = with_signals(engine_case({network, parameters, input, loss, "channels"}, 3, 4), 3);
  const LearningSignal signal{.pseudo = PseudoDerivative::surrogate};
  ReferenceEngine slow(c.objective(), 1);
  CpuEngine engine(c.objective(), 1);
  const Vjp<double> right = run<double>(c, slow, signal);
  const Vjp<float> fast = run<float>(c, engine, signal);
  for (std::size_t s = 0; s < 3; ++s) {
    double largest = 0.0;
    for (const double g : right.inputs[s]) largest = std::max(largest, std::abs(g));
    EXPECT_GT(largest, 0.0);
    for (std::size_t i = 0; i < right.inputs[s].size(); ++i)
      EXPECT_NEAR(double{fast.inputs[s][i]}, right.inputs[s][i], 1e-5 * largest) << s << " " << i;
  }
  // Any number of threads, and samples in any tile.
  CpuEngine two(c.objective(), 2);
  EXPECT_EQ(run<float>(c, two, signal).inputs, fast.inputs);
}

TEST(Vjp, AnInputWithChannelsThatConvolvesAndConnects) {
  channels_and_positions(false);
}

// And each of its units has a delay of its own.
TEST(Vjp, AnInputWithChannelsAndDelays) {
  channels_and_positions(true);
}

TEST(Vjp, AnInputThatLeadsNowhereHasAGradientOfZero) {
  const Network network({1e-3, 3},
                        {{.name = "x", .unit = InputUnit{}, .shape = {.positions = 2}},
                         {.name = "y", .unit = InputUnit{}, .shape = {.positions = 3}},
                         {.name = "o", .unit = Readout{}, .shape = {.positions = 2}}},
                        {{.from = 0, .to = 2, .kind = Dense{}}});
  const Input input{{Grid<double>(3, 2, 1.0), Grid<double>(3, 3, 1.0), {}}};
  const Loss loss = LinearLoss{.population = 2, .coefficients = Grid<double>(3, 2)};
  const EngineCase c =
      with_signals(engine_case({network, std::vector<double>(4, 0.5), input, loss, "two"}, 1, 4), 2);
  CpuEngine engine(c.objective(), 1);
  ReferenceEngine slow(c.objective(), 1);
  const auto fast = run<float>(c, engine, {});
  EXPECT_EQ(fast.inputs[1], std::vector<float>(9, 0.0f));
  EXPECT_EQ(run<double>(c, slow, {}).inputs[1], std::vector<double>(9, 0.0));
  EXPECT_NE(fast.inputs[0], std::vector<float>(6, 0.0f));
}

TEST(Vjp, WrongSizesAreRefused) {
  Dice dice(1);
  EngineCase c = engine_case(random_net(1, vjp_options(dice, {OutputKind::analog})), 2, 1);
  c = with_signals(std::move(c), c.net.network.populations().size() - 1);
  const CaseSamples samples(c);
  std::vector<double> gradient(c.net.parameters.size()), short_one(1);
  const std::vector<NumberSpan> wrong_size(2, NumberSpan(std::span(short_one))), too_few(1);
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference}) {
    const auto engine = make_engine(c.objective(), {kind, 1});
    const auto pass = engine->prepare({.to_inputs = true});
    const Batch batch{.parameters = c.net.parameters, .samples = samples.samples()};
    EXPECT_THROW(pass->run(batch, {.outputs = wrong_size}), UserError);
    EXPECT_THROW(pass->run(batch, {.outputs = too_few}), UserError);
    EXPECT_THROW(pass->run(batch, {.gradient = gradient, .input_gradients = too_few}), UserError);
    EXPECT_THROW(pass->run(batch, {.gradient = gradient, .input_gradients = wrong_size}), UserError);
    EXPECT_THROW(pass->run(batch, {.input_gradients = wrong_size}), UserError);
  }
}

}  // namespace
}  // namespace spikegrad
