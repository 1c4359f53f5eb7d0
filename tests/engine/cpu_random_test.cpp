// SPDX-License-Identifier: Apache-2.0
// The CPU engine against the reference engine on random nets over the whole model language.
#include <gtest/gtest.h>

#include <algorithm>

#include "spikegrad/estimator/estimator.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/engine_pair.hpp"

namespace spikegrad {
namespace {

using namespace testing;

/// A weight shared by n places is the sum of n floats, one after the other. A regulariser's signal is the
/// same in every step, so the addends are alike and their roundings do not average out: n 2^-24 at worst, up
/// to a thirtieth of it was seen.
constexpr double like_addend = 0x1p-24 / 16;
constexpr double loss_tolerance = 1e-5;
constexpr double condition_factor = 60;
/// A gradient that cancels as a whole, as the errors of a softmax do, is in either engine the roundings of its addends.
constexpr double cancelled = 1e-12;
constexpr double largest_float = 1e30;  ///< gradients beyond overflow on the way

bool is_raster(const Grid<double>* target) {
  return target && std::all_of(target->flat().begin(), target->flat().end(),
                               [](double z) { return z == 0.0 || z == 1.0; });
}

/// Estimators of one pass that this problem admits.
std::vector<std::pair<std::string, LearningSignal>> signals_for(const Objective& objective) {
  EstimatorSettings settings;
  settings.window = 3;
  std::vector<std::pair<std::string, LearningSignal>> found;
  for (const EstimatorInfo& info : estimators())
    if (info.signal && info.refuse(objective, settings).empty() &&
        (info.signal(settings, objective).forcing != Forcing::always || is_raster(target_of(objective.loss))))
      found.emplace_back(std::string(info.name), info.signal(settings, objective));
  return found;
}

double tolerance_of(const EngineCase& c) {
  if (c.net.regularisers.empty()) return gradient_tolerance;
  std::size_t places = 1;
  for (const Connection& connection : c.net.network.connections())
    if (window_of(connection.kind))
      places = std::max(places, c.net.network.populations()[connection.to].shape.positions);
  for (const Population& population : c.net.network.populations())
    if (population.bias_per == BiasPer::channel) places = std::max(places, population.shape.positions);
  const std::size_t addends = places * c.net.network.steps() * c.inputs.size();
  return gradient_tolerance + like_addend * static_cast<double>(addends);
}

testing::RandomNetOptions wide_options(Dice& dice, std::uint64_t seed) {
  testing::RandomNetOptions options;
  options.max_spikes = 100000;
  options.max_units = dice.pick<std::size_t>({4, 20, 40, 150});
  options.max_inputs = dice.pick<std::size_t>({4, 20, 70});
  options.min_steps = dice.pick<std::size_t>({1, 5, 20});
  options.max_steps = options.min_steps + dice.pick<std::size_t>({0, 10, 45});
  options.planes = seed % 2 == 1;  // the other nets stay what they were without
  options.wide_kernels = true;
  options.spread = true;
  options.refractory = true;
  options.outputs = {OutputKind::stochastic, OutputKind::deterministic, OutputKind::analog};
  if (dice.chance(0.5)) {
    const OutputKind one = dice.pick(options.outputs);
    options.outputs = {one};
  }
  return options;
}

TEST(CpuEngine, EqualsReferenceOnRandomNets) {
  std::size_t flips = 0, compared = 0, nets = 0;
  double worst = 0.0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    Dice dice(1000000 + seed);
    const EngineCase c = engine_case(random_net(seed, wide_options(dice, seed)), dice.between(1, 3), seed);
    const auto signals = signals_for(c.objective());
    const auto& [name, signal] = dice.pick(signals);
    const CpuResult fast = run_cpu(c, signal);
    const Comparison comparison = compare_engines(c, signal, fast);
    const std::string what = name + " on " + c.net.description;
    EXPECT_EQ(comparison.wrong, "") << what;
    ++nets;
    flips += comparison.flips;
    if (comparison.flips > 0 || comparison.largest > largest_float) continue;
    if (comparison.largest > 0.0 && comparison.largest < cancelled) continue;
    // Nets that magnify a single rounding of their parameters are held to what floats can do for them;
    // beyond a tenth of the tolerance they do not count.
    if (condition_factor * comparison.gradient_condition > 1.0) continue;  // a rounding changes it as a whole
    const bool sound = comparison.gradient_condition < 0.1 * gradient_tolerance;
    compared += sound;
    worst = std::max(worst, sound ? comparison.gradient_distance : 0.0);
    EXPECT_LT(comparison.gradient_distance,
              std::max(tolerance_of(c), condition_factor * comparison.gradient_condition))
        << what << " largest " << comparison.largest << " condition " << comparison.gradient_condition;
    EXPECT_LT(comparison.loss_distance, loss_tolerance + condition_factor * comparison.loss_condition)
        << what;
  }
  RecordProperty("worst", std::to_string(worst));
  RecordProperty("compared", std::to_string(compared));
  RecordProperty("flips", std::to_string(flips));
  EXPECT_GE(compared, 500u) << "of " << nets << "; flips " << flips;
  EXPECT_LT(flips, 30u);
}

// Without its penalties or delays, or with all units sending, the engine does another thing than the reference.
TEST(CpuEngine, TheComparisonSeesAForgottenPenaltyDelayAndDropout) {
  std::size_t penalties = 0, seen_penalties = 0, dropouts = 0, seen_dropouts = 0, delays = 0, seen_delays = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Dice dice(1000000 + seed);
    const EngineCase c = engine_case(random_net(seed, wide_options(dice, seed)), 2, seed);
    const auto seen = [&](const EngineCase& other) {
      const Comparison comparison = compare_engines(c, surrogate_signal, run_cpu(other, surrogate_signal));
      return !comparison.wrong.empty() || comparison.gradient_distance > 10 * gradient_tolerance;
    };
    if (!c.net.regularisers.empty()) {
      EngineCase without = c;
      without.net.regularisers.clear();
      ++penalties;
      seen_penalties += seen(without);
    }
    std::vector<Connection> connections = c.net.network.connections();
    bool fixed = false;
    for (Connection& connection : connections)
      if (!connection.delays.seconds.empty()) fixed = true, connection.delays.seconds.clear();
    if (fixed) {
      EngineCase without = c;
      without.net.network = Network(c.net.network.time(), c.net.network.populations(), connections);
      ++delays;
      seen_delays += seen(without);
    }
    if (c.dropout && !c.net.dropout_scale.empty()) {
      EngineCase without = c;
      without.dropout = false;
      ++dropouts;
      seen_dropouts += seen(without);
    }
  }
  EXPECT_GT(penalties, 10u);
  EXPECT_GT(dropouts, 10u);
  EXPECT_GT(delays, 10u);
  EXPECT_GT(2 * seen_delays, delays);        // those of the last steps move nothing that is looked at
  EXPECT_GT(4 * seen_penalties, penalties);  // counts within the bounds, or a signal that goes nowhere
  EXPECT_GT(4 * seen_dropouts, dropouts);    // the last layer sends to no one; few units may all be kept
}

}  // namespace
}  // namespace spikegrad
