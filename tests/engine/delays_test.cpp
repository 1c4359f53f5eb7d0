// SPDX-License-Identifier: Apache-2.0
// Delays: by hand, against their definition on larger nets, and both engines beside each other in every way in which
// a connection can have them.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/cpu/engine.hpp"
#include "spikegrad/engine/reference/forward.hpp"
#include "spikegrad/engine/reference/trial.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/engine_pair.hpp"

namespace spikegrad {
namespace {

using namespace testing;

constexpr std::size_t delayed_steps = 25;

Population population_of(std::string name, Unit unit, Shape shape) {
  Population p;
  p.name = std::move(name);
  p.unit = unit;
  p.shape = shape;
  p.output = OutputKind::deterministic;
  p.surrogate = SuperSpikeSurrogate{};
  return p;
}

/// Drives of a binary unit of weights 1, 10, from one spike each of two inputs in step 1.
std::vector<double> drives(const ConnectionDelays& delays, std::span<const double> learned = {}) {
  const Network network(
      {1e-3, 6}, {population_of("x", InputUnit{}, {1, 2}), population_of("h", Binary{{}, 0.0}, {1, 1})},
      {{0, 1, Dense{}, delays}});
  std::vector<double> parameters = {1.0, 10.0};
  parameters.insert(parameters.end(), learned.begin(), learned.end());
  Input input{{Grid<double>(6, 2), {}}};
  input.values[0][1][0] = input.values[0][1][1] = 1.0;
  Tape<double> tape;
  forward<double>(
      network, parameters, input, ForwardMode::sampled, nullptr, [](const Slot&, double) { return 0.0; },
      tape);
  std::vector<double> drive;
  for (std::size_t t = 0; t < 6; ++t) drive.push_back(tape.excess[t][2]);
  return drive;
}

TEST(DelaysForward, ByHand) {
  EXPECT_EQ(drives({}), (std::vector<double>{0, 11, 0, 0, 0, 0}));
  EXPECT_EQ(drives({{2e-3}}), (std::vector<double>{0, 0, 0, 11, 0, 0}));
  EXPECT_EQ(drives({{0.0, 3e-3}}), (std::vector<double>{0, 1, 0, 0, 10, 0}));
  EXPECT_EQ(drives({{4e-3, 5e-3}}), (std::vector<double>{0, 0, 0, 0, 0, 1}));  // the other never arrives
  EXPECT_EQ(drives({{0.0, 1.5e-3}}), (std::vector<double>{0, 1, 5, 5, 0, 0}));
  const double learned[] = {2.25, 4.0};
  EXPECT_EQ(drives({{}, 4e-3}, learned), (std::vector<double>{0, 0, 0, 0.75, 0.25, 10}));
  const double beyond[] = {-1.0, 9.0};
  EXPECT_EQ(drives({{}, 4e-3}, beyond), (std::vector<double>{0, 1, 0, 0, 0, 10}));
}

TEST(DelaysForward, OfSynapsesByHand) {
  EXPECT_EQ(drives({{0.0, 3e-3}, 0.0, DelayPer::synapse}), (std::vector<double>{0, 1, 0, 0, 10, 0}));
  const double learned[] = {2.25, 4.0};
  EXPECT_EQ(drives({{}, 4e-3, DelayPer::synapse}, learned), (std::vector<double>{0, 0, 0, 0.75, 0.25, 10}));
  // Two targets of one unit, each after a delay of its own.
  const Network network(
      {1e-3, 5}, {population_of("x", InputUnit{}, {1, 1}), population_of("h", Binary{{}, 0.0}, {1, 2})},
      {{0, 1, Dense{}, {{1e-3, 2.5e-3}, 0.0, DelayPer::synapse}}});
  Input input{{Grid<double>(5, 1), {}}};
  input.values[0][0][0] = 1.0;
  Tape<double> tape;
  const double parameters[] = {1.0, 10.0};
  forward<double>(
      network, parameters, input, ForwardMode::sampled, nullptr, [](const Slot&, double) { return 0.0; },
      tape);
  for (std::size_t t = 0; t < 5; ++t) {
    EXPECT_EQ(tape.excess[t][1], t == 1 ? 1.0 : 0.0) << t;
    EXPECT_EQ(tape.excess[t][2], t == 2 || t == 3 ? 5.0 : 0.0) << t;
  }
}

/// A unit whose spike excites itself: D = w S, d steps later than without.
TEST(DelaysForward, ARecurrentDelayCountsFromTheStepOfTheSpike) {
  const auto spikes = [](std::size_t d) {
    Lif unit;
    unit.tau_mem = unit.tau_syn = 1e-3;
    const Network network({1e-3, 12},
                          {population_of("x", InputUnit{}, {1, 1}), population_of("h", unit, {1, 1})},
                          {{0, 1, Dense{}}, {1, 1, Dense{}, {{1e-3 * static_cast<double>(d)}}}});
    const double parameters[] = {5.0, 5.0};
    Input input{{Grid<double>(12, 1), {}}};
    input.values[0][0][0] = 1.0;
    Tape<double> tape;
    forward<double>(
        network, parameters, input, ForwardMode::sampled, nullptr, [](const Slot&, double) { return 0.0; },
        tape);
    std::vector<std::size_t> times;
    for (std::size_t t = 0; t < 12; ++t)
      if (tape.output[t][1] != 0.0) times.push_back(t);
    return times;
  };
  const std::vector<std::size_t> at_once = spikes(0), later = spikes(3);
  ASSERT_GE(later.size(), 2u);
  EXPECT_EQ(at_once[0], later[0]);
  EXPECT_EQ(later[0], 2u);           // S[0] moves I[1], which moves u[2]
  EXPECT_EQ(later.back(), 2u + 5u);  // its own spike, two steps and three of delay later
}

enum class Kind {
  none,
  one,
  one_divided,
  whole,
  divided,
  learned,
  synapse_whole,
  synapse_divided,
  synapse_learned,
  synapse_spread
};
constexpr Kind kinds[] = {
    Kind::none,    Kind::one,           Kind::one_divided,     Kind::whole,           Kind::divided,
    Kind::learned, Kind::synapse_whole, Kind::synapse_divided, Kind::synapse_learned, Kind::synapse_spread};
constexpr const char* kind_names[] = {
    "none",    "one",           "one divided",     "whole",           "divided",
    "learned", "synapse whole", "synapse divided", "synapse learned", "synapse spread"};

/// Of a source of `size` units and so many weights.
ConnectionDelays delays_of(Kind kind, std::size_t size, std::size_t weights, Dice& dice) {
  ConnectionDelays delays;
  if (kind >= Kind::synapse_whole) delays.per = DelayPer::synapse;
  switch (kind) {
    case Kind::none:
      break;
    case Kind::one:
      delays.seconds = {4e-3};
      break;
    case Kind::one_divided:
      delays.seconds = {2.3e-3};
      break;
    case Kind::whole:
    case Kind::divided:
    case Kind::synapse_whole:
    case Kind::synapse_divided: {
      const bool whole = kind == Kind::whole || kind == Kind::synapse_whole;
      for (std::size_t j = 0; j < (delays.per == DelayPer::synapse ? weights : size); ++j)
        delays.seconds.push_back(1e-3 * (whole ? static_cast<double>(dice.below(9)) : dice.real(0.0, 9.0)));
      break;
    }
    case Kind::learned:
    case Kind::synapse_learned:
    case Kind::synapse_spread:
      delays.longest = 8e-3;
      if (kind == Kind::synapse_spread) delays.spread = {3e-3, 0.7e-3, 0.5};
      break;
  }
  return delays;
}

struct CaseOptions {
  Kind kind = Kind::learned;
  bool recurrent = false, conv = false, dropout = false, values = false;
  OutputKind output = OutputKind::deterministic;
  std::size_t inputs = 70, length = delayed_steps;
};

EngineCase case_of(const CaseOptions& options, std::size_t samples = 4) {
  Dice dice(7);
  const std::size_t inputs = options.inputs;
  Population h = population_of("h", Lif{}, options.conv ? Shape{3, inputs - 2} : Shape{1, 90});
  Population k = population_of("k", Alif{}, {1, 20});
  h.output = k.output = options.output;
  h.differentiate_reset = k.differentiate_reset = options.output == OutputKind::analog;
  if (options.output == OutputKind::analog) h.escape = k.escape = SigmoidEscape{.beta = 2.0};
  h.dropout = k.dropout = options.dropout ? 0.3 : 0.0;
  k.dropout_per = DropoutPer::step;
  const std::size_t width = h.size();
  const ConnectionKind first = options.conv ? ConnectionKind(Conv1d{3, 1, 0}) : Dense{},
                       own = options.conv ? ConnectionKind(Conv1d{3, 1, 1}) : Dense{};
  const std::size_t in = options.conv ? 9 : inputs * width, loop = options.conv ? 27 : width * width;
  std::vector<Connection> connections = {{0, 1, first, delays_of(options.kind, inputs, in, dice)},
                                         {1, 2, Dense{}, delays_of(options.kind, width, width * 20, dice)},
                                         {2, 3, Dense{}, delays_of(options.kind, 20, 100, dice)}};
  if (options.recurrent) {
    connections.push_back({1, 1, own, delays_of(options.kind, width, loop, dice)});
    connections.push_back({2, 1, Dense{}, delays_of(options.kind, 20, width * 20, dice)});
  }
  Network network({1e-3, options.length},
                  {population_of("x", InputUnit{}, {1, inputs}), h, k, population_of("y", Readout{}, {1, 5})},
                  connections);
  // So that spikes reach the readout, and analog units and their resets do not magnify every rounding.
  const double scale = options.output == OutputKind::analog ? 0.4 : options.conv ? 4.0 : 1.5;
  std::vector<double> parameters(network.parameter_count());
  for (const ParameterBlock& block : network.blocks())
    for (std::size_t p = 0; p < block.size; ++p)
      parameters[block.offset + p] =
          block.kind == ParameterKind::delay ? dice.real(0.0, block.highest) : scale * dice.normal();
  Input input;
  input.values.resize(4);
  input.values[0] = Grid<double>(options.length, inputs);
  for (double& v : input.values[0].flat()) v = options.values ? dice.normal() : dice.chance(0.2) ? 1.0 : 0.0;
  EngineCase c =
      engine_case({std::move(network), parameters, input, MaxCrossEntropyLoss{3, 1}, "delays"}, samples, 3);
  c.dropout = options.dropout;
  return c;
}

TEST(CpuDelays, EqualReferenceInEveryForm) {
  for (const Kind kind : kinds)
    for (const bool recurrent : {false, true})
      for (const bool conv : {false, true})
        for (const bool dropout : {false, true})
          for (const OutputKind output :
               {OutputKind::deterministic, OutputKind::stochastic, OutputKind::analog}) {
            const EngineCase c = case_of({.kind = kind,
                                          .recurrent = recurrent,
                                          .conv = conv,
                                          .dropout = dropout,
                                          .values = dropout && recurrent,
                                          .output = output});
            const Comparison comparison = compare_engines(c, surrogate_signal, run_cpu(c, surrogate_signal));
            const std::string what = std::string(kind_names[static_cast<std::size_t>(kind)]) +
                                     (recurrent ? " recurrent" : "") + (conv ? " conv" : "") +
                                     (dropout ? " dropout" : "") + " output " +
                                     std::to_string(static_cast<int>(output));
            EXPECT_EQ(comparison.wrong, "") << what;
            EXPECT_GT(comparison.largest, 1e-6) << what;
            if (comparison.flips > 0) continue;
            EXPECT_LT(comparison.gradient_distance,
                      std::max(gradient_tolerance, 30 * comparison.gradient_condition))
                << what;
          }
}

// Whole steps given as one delay, as one for each unit and as learned ones are the same net.
TEST(CpuDelays, TheFormsAgree) {
  for (const bool recurrent : {false, true}) {
    const EngineCase one = case_of({.kind = Kind::one, .recurrent = recurrent});
    const auto with = [&](auto&& change) {
      std::vector<Connection> connections = one.net.network.connections();
      for (Connection& c : connections) change(c.delays, one.net.network.populations()[c.from].size());
      EngineCase other = one;
      other.net.network = Network(one.net.network.time(), one.net.network.populations(), connections);
      other.net.parameters.resize(other.net.network.parameter_count(), 4.0);
      return run_cpu(other, surrogate_signal);
    };
    const CpuResult right = run_cpu(one, surrogate_signal);
    const CpuResult each = with([](ConnectionDelays& d, std::size_t n) { d.seconds.assign(n, 4e-3); });
    const CpuResult learned = with([](ConnectionDelays& d, std::size_t) { d = {{}, 6e-3}; });
    for (std::size_t s = 0; s < right.outcomes.size(); ++s) {
      EXPECT_NEAR(each.outcomes[s].loss, right.outcomes[s].loss, 1e-5 * std::abs(right.outcomes[s].loss));
      EXPECT_NEAR(learned.outcomes[s].loss, right.outcomes[s].loss, 1e-5 * std::abs(right.outcomes[s].loss));
    }
    double largest = 0.0;
    for (const double g : right.gradient) largest = std::max(largest, std::abs(g));
    for (std::size_t k = 0; k < right.gradient.size(); ++k) {
      EXPECT_NEAR(each.gradient[k], right.gradient[k], 1e-5 * largest) << k;
      EXPECT_NEAR(learned.gradient[k], right.gradient[k], 1e-5 * largest) << k;
    }
  }
}

TEST(CpuDelays, ThreadsAndBatchSplitsMakeNoDifference) {
  for (const Kind kind :
       {Kind::one, Kind::whole, Kind::learned, Kind::synapse_learned, Kind::synapse_spread}) {
    EngineCase c = case_of({.kind = kind, .recurrent = true});
    const EngineCase few = c;
    for (std::size_t k = 0; k < 70; ++k) {  // more samples than a group has
      c.inputs.push_back(few.inputs[k % few.inputs.size()]);
      c.losses.push_back(few.losses[k % few.losses.size()]);
    }
    EXPECT_EQ(run_cpu(c, surrogate_signal, 1).gradient, run_cpu(c, surrogate_signal, 3).gradient);
  }
}

TEST(CpuDelays, TheShareOfTheTrainingIsChecked) {
  const EngineCase c = case_of({.kind = Kind::synapse_spread}, 1);
  const CaseSamples samples(c);
  CpuEngine engine(c.objective(), 1);
  const auto pass = engine.prepare(surrogate_signal);
  for (const double done : {-0.1, 1.1, std::nan("")})
    EXPECT_THROW(pass->run({.parameters = c.net.parameters, .samples = samples.samples(), .done = done}, {}),
                 UserError)
        << done;
}

/// A list of events that names units again and again holds more than units and steps.
TEST(CpuDelays, EventsNamedManyTimesCountAsOften) {
  const EngineCase c = case_of({.kind = Kind::learned, .inputs = 3}, 1);
  const std::size_t times = 40;
  std::vector<std::uint32_t> begin = {0};
  std::vector<std::uint16_t> units;
  Input counted = c.inputs[0];
  for (std::size_t t = 0; t < delayed_steps; ++t) {
    for (std::uint16_t i = 0; i < 3; ++i) {
      units.insert(units.end(), times, i);
      counted.values[0][t][i] = static_cast<double>(times);
    }
    begin.push_back(static_cast<std::uint32_t>(units.size()));
  }
  const auto gradient = [&](const SampleInput& input) {
    CpuEngine engine(c.objective(), 1);
    const std::vector<Sample> samples = {{{&input, 1}, &c.losses[0]}};
    std::vector<double> sum(c.net.parameters.size());
    engine.prepare(surrogate_signal)
        ->run({.parameters = c.net.parameters, .samples = samples}, {.gradient = sum});
    return sum;
  };
  const auto listed = gradient(EventList{begin, units}),
             valued = gradient(DenseValues{counted.values[0].flat()});
  double largest = 0.0;
  for (const double g : valued) largest = std::max(largest, std::abs(g));
  ASSERT_GT(largest, 0.0);
  for (std::size_t k = 0; k < listed.size(); ++k) EXPECT_NEAR(listed[k], valued[k], 1e-4 * largest) << k;
}

// The comparison sees delays that are forgotten, other delays, and a gradient of theirs that is missing.
TEST(CpuDelays, PlantedErrorsAreCaught) {
  for (const Kind kind :
       {Kind::one, Kind::whole, Kind::divided, Kind::learned, Kind::synapse_whole, Kind::synapse_learned}) {
    const EngineCase c = case_of({.kind = kind, .recurrent = true});
    const CpuResult right = run_cpu(c, surrogate_signal);
    ASSERT_EQ(compare_engines(c, surrogate_signal, right).wrong, "");
    for (std::size_t i = 0; i < 4; ++i) {  // the fifth, from few units that rarely spike, does little
      std::vector<Connection> connections = c.net.network.connections();
      EngineCase other = c;
      const bool learned = kind == Kind::learned || kind >= Kind::synapse_learned;
      if (learned) {
        const ParameterBlock& block = c.net.network.blocks()[*c.net.network.delays(i).block];
        const std::size_t moved = kind >= Kind::synapse_learned ? block.size : 1;
        for (std::size_t k = 0; k < moved; ++k) other.net.parameters[block.offset + k] += 0.7;
      } else {
        std::vector<double>& seconds = connections[i].delays.seconds;
        const std::size_t moved = kind == Kind::synapse_whole ? seconds.size() : 1;
        for (std::size_t k = 0; k < moved; ++k) seconds[seconds.size() - 1 - k] += 1e-3;
        other.net.network = Network(c.net.network.time(), c.net.network.populations(), connections);
      }
      const Comparison comparison = compare_engines(other, surrogate_signal, right);
      EXPECT_TRUE(!comparison.wrong.empty() || comparison.gradient_distance > gradient_tolerance) << i;
      if (!learned) continue;
      const ParameterBlock& block = c.net.network.blocks()[*c.net.network.delays(i).block];
      CpuResult without = right;
      std::fill_n(without.gradient.begin() + static_cast<std::ptrdiff_t>(block.offset), block.size, 0.0);
      EXPECT_GT(compare_engines(c, surrogate_signal, without).gradient_distance, gradient_tolerance)
          << block.name;
    }
  }
}

TEST(CpuDelays, TakeMemoryThatTheEstimateKnows) {
  const auto bytes = [](Kind kind, std::size_t length) {
    const EngineCase c = case_of({.kind = kind, .recurrent = true, .length = length}, 1);
    CpuEngine engine(c.objective(), 1);
    return engine.prepare(surrogate_signal)->bytes(1);
  };
  const std::size_t none = bytes(Kind::none, 40), each = bytes(Kind::whole, 40);
  EXPECT_GT(each, none + 40 * 90 * sizeof(float));  // signals of each delayed loop, at least
  EXPECT_LT(bytes(Kind::one, 40), each);
  EXPECT_GT(bytes(Kind::whole, 80), each);
}

TEST(CpuDelays, TheTimeLoopAllocatesNothing) {
  const auto allocations_of = [](std::size_t length) {
    const EngineCase c = case_of({.recurrent = true, .length = length});
    const CaseSamples samples(c);
    std::vector<double> gradient(c.net.parameters.size());
    CpuEngine engine(c.objective(), 1);
    const auto pass = engine.prepare(surrogate_signal);
    pass->run({.parameters = c.net.parameters, .samples = samples.samples()}, {.gradient = gradient});
    const long before = testing::allocations();
    pass->run({.parameters = c.net.parameters, .samples = samples.samples()}, {.gradient = gradient});
    return testing::allocations() - before;
  };
  EXPECT_EQ(allocations_of(60), allocations_of(20));
}

// What a delay is worth, by central differences of the loss of an analog net, where nothing is estimated.
void check_slopes(Kind kind) {
  const EngineCase c = case_of({.kind = kind, .recurrent = true, .output = OutputKind::analog}, 1);
  const Network& network = c.net.network;
  const auto loss_and_gradient = [&](const std::vector<double>& parameters, std::span<double> gradient) {
    ReferenceTrial trial(c.objective(), {.pseudo = PseudoDerivative::zero});
    CounterDraws draws(1, 0, 0);
    const Problem problem{network, parameters, c.inputs[0], c.losses[0], {}, {}, RandomNet::done};
    const double loss = trial.forward(problem, draws);
    if (!gradient.empty()) trial.backward(problem, loss, {}, gradient);
    return loss;
  };
  std::vector<double> gradient(c.net.parameters.size());
  loss_and_gradient(c.net.parameters, gradient);
  double largest = 0.0;
  for (const double g : gradient) largest = std::max(largest, std::abs(g));
  std::size_t looked_at = 0;
  for (const ParameterBlock& block : network.blocks()) {
    if (block.kind != ParameterKind::delay) continue;
    for (std::size_t k = block.offset; k < block.offset + block.size;
         k += std::max<std::size_t>(7, block.size / 13)) {
      constexpr double h = 1e-5;
      const double d = c.net.parameters[k];
      if (std::floor(d - h) != std::floor(d + h) || d - h < 0.0 || d + h > block.highest) continue;
      std::vector<double> low = c.net.parameters, high = low;
      low[k] -= h;
      high[k] += h;
      const double slope = (loss_and_gradient(high, {}) - loss_and_gradient(low, {})) / (2 * h);
      EXPECT_NEAR(gradient[k], slope, 1e-6 * largest) << block.name << " " << k - block.offset;
      ++looked_at;
    }
  }
  EXPECT_GT(looked_at, 30u);
}

TEST(DelaysBackward, GradientIsTheSlopeOfTheLoss) {
  check_slopes(Kind::learned);
}

TEST(DelaysBackward, GradientOfSynapsesIsTheSlopeOfTheLoss) {
  check_slopes(Kind::synapse_learned);
  check_slopes(Kind::synapse_spread);
}

}  // namespace
}  // namespace spikegrad
