// SPDX-License-Identifier: Apache-2.0
// counterfactual-k on the CPU engine against the reference estimator: the same flips, the same gradient.
#include "spikegrad/estimator/cpu_counterfactual.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "spikegrad/engine/dropout.hpp"
#include "spikegrad/estimator/counterfactual.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/engine_pair.hpp"

namespace spikegrad {
namespace {

using namespace testing;

constexpr std::size_t flips = 5;
// Of the largest entry. Differences of losses carry the rounding of each loss (float potentials), times up to
// Σf'/(K f') of a flip.
constexpr double tolerance = 1e-4;

EngineCase stochastic_case(std::uint64_t seed) {
  RandomNetOptions options;
  options.max_spikes = 100000;
  options.max_units = 20;
  options.max_inputs = 20;
  options.min_steps = 2;
  options.max_steps = 20;
  options.outputs = {OutputKind::stochastic};
  return engine_case(random_net(seed, options), 3, seed);
}

std::vector<float> cpu_gradient(const EngineCase& c, std::size_t count, unsigned threads) {
  const std::vector<float> parameters(c.net.parameters.begin(), c.net.parameters.end());
  std::vector<OwnedSample> samples;
  for (const Input& input : c.inputs) samples.emplace_back(c.net.network, input, c.as_values);
  std::vector<BatchSample> batch;
  for (std::size_t s = 0; s < samples.size(); ++s)
    batch.push_back(samples[s].sample(c.losses[s], static_cast<std::uint32_t>(s), c.trial));
  std::vector<float> gradient(parameters.size(), 0.0f);
  CpuCounterfactual engine(c.net.network, c.net.loss, count, {.threads = threads}, c.net.regularisers);
  engine.run(
      {.parameters = parameters, .batch = batch, .seed = c.seed, .dropout = c.dropout, .gradient = gradient});
  return gradient;
}

/// The reference estimator's sum over the samples; false where rounding turns a spike of any trial.
bool reference_gradient(const EngineCase& c, std::vector<double>& gradient) {
  if (compare_engines(c, Counterfactual::pass, run_cpu(c, Counterfactual::pass)).flips > 0) return false;
  gradient.assign(c.net.parameters.size(), 0.0);
  for (std::size_t s = 0; s < c.inputs.size(); ++s) {
    CounterDraws draws(c.seed, static_cast<std::uint32_t>(s), c.trial);
    const auto sent = c.dropout
                          ? dropout_factors(c.net.network, c.seed, static_cast<std::uint32_t>(s), c.trial)
                          : std::vector<double>{};
    CounterfactualSampled({.counterfactuals = flips})
        .sample({c.net.network, c.net.parameters, c.inputs[s], c.losses[s], c.net.regularisers, sent}, draws,
                gradient);
  }
  return true;
}

/// Largest difference, relative to the largest entry.
double distance(const std::vector<float>& fast, const std::vector<double>& reference) {
  double largest = 1e-30, difference = 0.0;
  for (std::size_t k = 0; k < fast.size(); ++k) {
    largest = std::max(largest, std::abs(reference[k]));
    difference = std::max(difference, std::abs(double{fast[k]} - reference[k]));
  }
  return difference / largest;
}

TEST(CpuCounterfactual, EqualsTheReferenceOnRandomNets) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const EngineCase c = stochastic_case(seed);
    std::vector<double> reference;
    if (!reference_gradient(c, reference)) continue;
    ++compared;
    EXPECT_LT(distance(cpu_gradient(c, flips, 2), reference), tolerance) << c.net.description;
  }
  EXPECT_GE(compared, 120u);
}

TEST(CpuCounterfactual, TheSameBitsForAnyNumberOfThreads) {
  const EngineCase c = stochastic_case(7);
  EXPECT_EQ(cpu_gradient(c, flips, 1), cpu_gradient(c, flips, 3));
}

TEST(CpuCounterfactual, TheComparisonSeesOtherFlips) {
  std::size_t seen = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const EngineCase c = stochastic_case(seed);
    std::vector<double> reference;
    if (reference_gradient(c, reference))
      seen += distance(cpu_gradient(c, flips + 1, 1), reference) > tolerance;
  }
  EXPECT_GE(seen, 5u);
}

}  // namespace
}  // namespace spikegrad
