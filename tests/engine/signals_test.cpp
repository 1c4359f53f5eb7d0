// SPDX-License-Identifier: Apache-2.0
// Batch::signals: what is refused, and the way of the CPU engine for signals that are few, event by event, beside its way
// for many and beside the reference engine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/cpu/losses.hpp"
#include "spikegrad/engine/engine.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/engine_pair.hpp"

namespace spikegrad {
namespace {

using namespace testing;

constexpr std::size_t signal_steps = 20, samples = 3;

/// x → h → o, analog so that no spike turns.
EngineCase small_case(Loss loss, bool delays = false) {
  Dice dice(8);
  ConnectionDelays late;
  for (int j = 0; delays && j < 70; ++j) late.seconds.push_back(dice.real(0.0, 3e-3));
  const Network network(
      {1e-3, signal_steps},
      {{.name = "x", .unit = InputUnit{}, .shape = {.positions = 9}},
       {.name = "h", .unit = Lif{}, .shape = {.positions = 70}, .output = OutputKind::analog},
       {.name = "o", .unit = Readout{}, .shape = {.positions = 6}}},
      {{.from = 0, .to = 1, .kind = Dense{}}, {.from = 1, .to = 2, .kind = Dense{}, .delays = late}});
  std::vector<double> parameters(network.parameter_count());
  for (double& w : parameters) w = double{static_cast<float>(dice.normal())};
  Input input{{Grid<double>(signal_steps, 9), {}, {}}};
  for (double& v : input.values[0].flat()) v = double{static_cast<float>(dice.normal())};
  return engine_case({network, parameters, input, std::move(loss), "small"}, samples, 4);
}

Loss linear() {
  return LinearLoss{.population = 2, .coefficients = Grid<double>(signal_steps, 6)};
}

using SampleSignals = std::vector<std::vector<float>>;  ///< [samples][steps · units]

std::vector<NumberSpan> spans_of(SampleSignals& signals) {
  std::vector<NumberSpan> spans;
  for (auto& one : signals) spans.emplace_back(std::span<float>(one));
  return spans;
}

/// One number for each unit, as a loss over the maximum has them; in the first step and the last among others. No two with different `turn` share a place.
SampleSignals few_signals(std::size_t turn) {
  Dice dice(100 + turn);
  SampleSignals signals(samples, std::vector<float>(signal_steps * 6));
  for (std::size_t s = 0; s < samples; ++s)
    for (std::size_t unit = 0; unit < 6; ++unit) {
      const std::size_t step = (unit * 5 + s * 7 + turn) % signal_steps;
      signals[s][step * 6 + unit] = static_cast<float>(dice.normal());
    }
  return signals;
}

std::vector<double> gradient_of(const EngineCase& c, EngineKind kind, SampleSignals signals,
                                bool forward_first) {
  const auto engine = make_engine(c.objective(), {kind, 1});
  const auto pass = engine->prepare({.pseudo = PseudoDerivative::smoothed});
  const CaseSamples of(c);
  Batch batch{.parameters = c.net.parameters, .samples = of.samples()};
  if (forward_first) pass->forward(batch, {});
  const auto spans = spans_of(signals);
  batch.signals = spans;
  std::vector<double> gradient(c.net.parameters.size());
  pass->backward(batch, {.gradient = gradient});
  return gradient;
}

double off(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0.0, difference = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(b[i]));
    difference = std::max(difference, std::abs(a[i] - b[i]));
  }
  EXPECT_GT(largest, 0.0);
  return difference / largest;
}

TEST(Signals, WrongOnesAreRefused) {
  const EngineCase c = small_case(linear()), judged = small_case(MaxCrossEntropyLoss{.population = 2});
  SampleSignals right(samples, std::vector<float>(signal_steps * 6)), few(samples - 1, right[0]),
      short_ones = right;
  short_ones.back().pop_back();
  std::vector<double> gradient(c.net.parameters.size());
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference})
    for (const bool forward_first : {false, true}) {
      EXPECT_THROW(gradient_of(c, kind, few, forward_first), UserError);
      EXPECT_THROW(gradient_of(c, kind, short_ones, forward_first), UserError);
      EXPECT_THROW(gradient_of(judged, kind, right, forward_first), UserError);
      EXPECT_EQ(gradient_of(c, kind, right, forward_first), gradient);  // of signals of 0
    }
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference}) {
    const auto engine = make_engine(c.objective(), {kind, 1});
    const auto pass = engine->prepare({});
    const CaseSamples of(c);
    const auto spans = spans_of(right);
    const Batch batch{.parameters = c.net.parameters, .samples = of.samples(), .signals = spans};
    EXPECT_THROW(pass->run(batch, {.gradient = gradient}), UserError);
    EXPECT_THROW(pass->forward(batch, {}), UserError);
  }
}

TEST(Signals, FewAreListedAsEventsTheLastFirst) {
  const EngineCase c = small_case(linear());
  const Objective objective = c.objective();
  const cpu::Plan plan(objective, {});
  cpu::Allocator make;
  cpu::Workspace space(plan, make);
  cpu::LossEvaluator losses(plan);
  std::vector<float> signal(signal_steps * 6);
  const auto take = [&] { losses.take(NumberSpan(std::span<float>(signal)), 1, space); };
  const cpu::PopulationSpace& judged = space.populations[2];
  take();
  EXPECT_EQ(judged.event_counts[1], 0u);
  signal[3 * 6 + 4] = 2.0f;
  signal[7 * 6 + 1] = -1.0f;
  take();
  ASSERT_EQ(judged.event_counts[1], 2u);
  const cpu::SignalEvent* events = judged.events.data() + 6;
  EXPECT_EQ(events[0].step, 7u);
  EXPECT_EQ(events[0].slot, 1u);
  EXPECT_EQ(events[0].value, -1.0f);
  EXPECT_EQ(events[1].step, 3u);
  EXPECT_EQ(events[1].slot, 4u);
  EXPECT_EQ(events[1].value, 2.0f);
  std::fill_n(signal.begin(), 6, 1.0f);
  signal[3 * 6 + 4] = signal[7 * 6 + 1] = 0.0f;
  take();
  EXPECT_EQ(judged.event_counts[1], 6u);
  signal[6] = 1.0f;
  take();
  EXPECT_GT(judged.event_counts[1], 6u);  // too many
}

// The way is linear in the signals. Few and few go event by event; together they are too many for that.
TEST(Signals, FewGiveWhatManyGiveAndWhatTheReferenceGives) {
  for (const bool delays : {false, true}) {
    const EngineCase c = small_case(linear(), delays);
    const Objective objective = c.objective();
    ASSERT_TRUE(cpu::Plan(objective, {}).connections[1].by_event);
    const SampleSignals first = few_signals(0), second = few_signals(1);
    SampleSignals both = first;
    for (std::size_t s = 0; s < samples; ++s) {
      const auto count = [](const auto& one) {
        return one.size() - std::count(one.begin(), one.end(), 0.0f);
      };
      for (std::size_t i = 0; i < both[s].size(); ++i) both[s][i] += second[s][i];
      ASSERT_LE(count(first[s]), 6u);
      ASSERT_LE(count(second[s]), 6u);
      ASSERT_GT(count(both[s]), 6u);
    }
    for (const bool forward_first : {false, true}) {
      std::vector<double> sum = gradient_of(c, EngineKind::cpu, first, forward_first);
      EXPECT_LT(off(sum, gradient_of(c, EngineKind::reference, first, forward_first)), 1e-5);
      const std::vector<double> more = gradient_of(c, EngineKind::cpu, second, forward_first);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
      const std::vector<double> dense = gradient_of(c, EngineKind::cpu, both, forward_first);
      EXPECT_LT(off(sum, dense), 1e-5);
      EXPECT_LT(off(dense, gradient_of(c, EngineKind::reference, both, forward_first)), 1e-5);
    }
  }
}

}  // namespace
}  // namespace spikegrad
