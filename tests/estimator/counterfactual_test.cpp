// SPDX-License-Identifier: Apache-2.0
// counterfactual-k on the CPU engine and on the reference engine: the same flips, the same gradient.
#include "spikegrad/estimator/counterfactual.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/compare.hpp"
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
  options.refractory = seed % 2 == 1;
  options.planes = seed % 3 == 1;
  return engine_case(random_net(seed, options), 3, seed);
}

std::vector<double> gradient_on(const EngineCase& c, EngineKind kind, std::size_t count, unsigned threads) {
  const CaseSamples samples(c);
  const auto engine = make_engine(c.objective(), {.kind = kind, .threads = threads});
  std::vector<double> gradient(c.net.parameters.size(), 0.0);
  find_estimator("counterfactual-k")
      .make({.counterfactuals = count}, *engine)
      ->gradient({.parameters = c.net.parameters,
                  .samples = samples.samples(),
                  .seed = c.seed,
                  .dropout = c.dropout},
                 {.gradient = gradient});
  return gradient;
}
std::vector<double> cpu_gradient(const EngineCase& c, std::size_t count, unsigned threads) {
  return gradient_on(c, EngineKind::cpu, count, threads);
}

/// The reference engine's sum over the samples; false where rounding turns a spike of any trial, or where the
/// loss after some flip is beyond what floats hold, as a likelihood may be.
bool reference_gradient(const EngineCase& c, std::vector<double>& gradient) {
  const LearningSignal signal{.credit = true};
  if (compare_engines(c, signal, run_cpu(c, signal)).flips > 0) return false;
  gradient = gradient_on(c, EngineKind::reference, flips, 2);
  return std::all_of(gradient.begin(), gradient.end(), [](double g) { return std::abs(g) < 1e30; });
}

TEST(CpuCounterfactual, EqualsTheReferenceOnRandomNets) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const EngineCase c = stochastic_case(seed);
    std::vector<double> reference;
    if (!reference_gradient(c, reference)) continue;
    ++compared;
    EXPECT_LT(distance(cpu_gradient(c, flips, 2), reference, 1e-30), tolerance) << c.net.description;
  }
  EXPECT_GE(compared, 120u);
}

TEST(CpuCounterfactual, TheSameBitsForAnyNumberOfThreads) {
  const EngineCase c = stochastic_case(7);
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference})
    EXPECT_EQ(gradient_on(c, kind, flips, 1), gradient_on(c, kind, flips, 3));
}

TEST(CpuCounterfactual, TheComparisonSeesOtherFlips) {
  std::size_t seen = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const EngineCase c = stochastic_case(seed);
    std::vector<double> reference;
    if (reference_gradient(c, reference))
      seen += distance(cpu_gradient(c, flips + 1, 1), reference, 1e-30) > tolerance;
  }
  EXPECT_GE(seen, 5u);
}

}  // namespace
}  // namespace spikegrad
