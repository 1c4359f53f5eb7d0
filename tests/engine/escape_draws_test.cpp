// SPDX-License-Identifier: Apache-2.0
// Spikes that both engines draw against the distribution functions of the noise, written a second time: the largest
// difference over x, as in a Kolmogorov test.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "spikegrad/core/kinds.hpp"
#include "spikegrad/engine/engine.hpp"
#include "tests/support/plain_escape.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t units = 61, steps_a_trial = 400, trials = 500, draws = steps_a_trial * trials;
/// With n draws at each of m potentials the largest difference is above ε with a probability of at most
/// 2 m exp(-2nε²) (Hoeffding). A false alarm in any of the 8 comparisons has a probability below 1e-6.
const double allowed = std::sqrt(std::log(2.0 * units * 8 / 1e-6) / (2.0 * draws));

/// Potentials from -3 to 3 lengths of f.
double potential(std::size_t unit, double scale) {
  return scale * 3.0 * (2.0 * static_cast<double>(unit) / (units - 1) - 1.0);
}

/// Part of the draws in which each unit spiked.
std::vector<double> frequencies(const Escape& escape, double scale, EngineKind kind) {
  std::vector<Population> all(2);
  all[0].name = "x";
  all[0].unit = InputUnit{};
  all[1].name = "h";
  all[1].unit = Binary{{}, 0.0};
  all[1].shape = {1, units};
  all[1].escape = escape;
  all[1].bias = true;
  const Network network({1e-3, steps_a_trial}, all, {{0, 1, Dense{}}});
  std::vector<double> parameters(network.parameter_count(), 0.0);
  const std::size_t biases = network.blocks()[*network.layout(1).bias_block].offset;
  for (std::size_t i = 0; i < units; ++i) parameters[biases + i] = potential(i, scale);
  const Loss loss = LinearLoss{1, Grid<double>(steps_a_trial, units)};
  const Objective objective{network, loss, {}};

  const std::vector<double> nothing(steps_a_trial, 0.0);
  const std::vector<SampleInput> inputs{DenseValues{nothing}};
  std::vector<Sample> samples;
  for (std::uint32_t k = 0; k < trials; ++k) samples.push_back({inputs, &loss, 0, k});
  std::vector<double> spikes(trials * steps_a_trial * units);
  std::vector<NumberSpan> outputs;
  for (std::size_t k = 0; k < trials; ++k)
    outputs.emplace_back(std::span(spikes).subspan(k * steps_a_trial * units, steps_a_trial * units));
  const auto engine = make_engine(objective, {.kind = kind, .threads = 1});
  engine->prepare({})->run({.parameters = parameters, .samples = samples, .seed = 5}, {.outputs = outputs});

  std::vector<double> frequency(units, 0.0);
  for (std::size_t k = 0; k < spikes.size(); ++k) frequency[k % units] += spikes[k] / draws;
  return frequency;
}

/// The largest difference to the distribution function of noise with these settings.
double difference(const std::vector<double>& frequency, const Escape& escape, double scale) {
  Population population;
  population.escape = escape;
  double largest = 0.0;
  for (std::size_t i = 0; i < units; ++i)
    largest = std::max(largest,
                       std::abs(frequency[i] - testing::plain_probability(population, potential(i, scale))));
  return largest;
}

struct Case {
  Escape escape, wider;  ///< a planted error: by 10 %
  double scale;
};

TEST(EscapeDraws, FollowTheDistributionOfTheNoise) {
  const std::vector<Case> cases = {
      {GaussianEscape{.sigma = 0.4}, GaussianEscape{.sigma = 0.44}, 0.4},
      {ArctanEscape{.alpha = 2.0}, ArctanEscape{.alpha = 2.0 / 1.1}, 0.4},
      {RectangularEscape{.width = 1.0}, RectangularEscape{.width = 1.1}, 0.3},
      {TriangularEscape{.beta = 1.0}, TriangularEscape{.beta = 1.0 / 1.1}, 0.4},
  };
  for (const Case& c : cases)
    for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference}) {
      const auto frequency = frequencies(c.escape, c.scale, kind);
      EXPECT_LT(difference(frequency, c.escape, c.scale), allowed) << kind_of(c.escape);
      EXPECT_GT(difference(frequency, c.wider, c.scale), allowed) << kind_of(c.escape);
    }
}

}  // namespace
}  // namespace spikegrad
