// SPDX-License-Identifier: Apache-2.0
// What estimators say that they cost, against what they run: an engine that counts is put under each. The same
// gradient comes out of the engine inside.
#include <gtest/gtest.h>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/reference/engine.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "tests/support/counting_engine.hpp"
#include "tests/support/engine_pair.hpp"

namespace spikegrad {
namespace {

using namespace testing;

/// A net with spikes to flip: every slope f' is above 0, so that `counterfactual` flips all slots.
EngineCase stochastic_case() {
  RandomNetOptions options;
  options.min_steps = options.max_steps = 4;
  options.max_spikes = 24;
  options.outputs = {OutputKind::stochastic};
  options.escapes = {SigmoidEscape::kind};
  options.readouts = false;
  options.dropout = false;
  options.losses = {SquaredErrorLoss::kind};
  std::uint64_t seed = 0;
  while (free_spike_count(random_net(seed, options).problem()) < 8) ++seed;
  return engine_case(random_net(seed, options), 3, seed);
}

TEST(Passes, AreAsManyAsTheRegistrySays) {
  const EngineCase c = stochastic_case();
  const CaseSamples samples(c);
  const EstimatorSettings settings{.counterfactuals = 3, .group = 5};
  std::size_t counted = 0;
  for (const EstimatorInfo& info : estimators()) {
    if (!info.refuse(c.objective(), settings).empty()) continue;
    const PassCount said = info.passes(settings, c.objective());
    ReferenceEngine plain(c.objective());
    CountingEngine counting(plain);
    std::vector<double> gradient(c.net.parameters.size(), 0.0), expected = gradient;
    const Batch batch{.parameters = c.net.parameters, .samples = samples.samples(), .seed = c.seed};
    info.make(settings, counting)->gradient(batch, {.gradient = gradient});
    info.make(settings, plain)->gradient(batch, {.gradient = expected});
    EXPECT_EQ(gradient, expected) << info.name;
    // Enumeration and triples run on numbers of their own, past the engine.
    if (counting.count().forward == 0) continue;
    ++counted;
    const auto n = static_cast<double>(c.inputs.size());
    // K flips are drawn with replacement: the same spike twice is run once.
    if (info.name == "counterfactual-k")
      EXPECT_LE(static_cast<double>(counting.count().forward), n * said.forward) << info.name;
    else
      EXPECT_EQ(static_cast<double>(counting.count().forward), n * said.forward) << info.name;
    EXPECT_EQ(static_cast<double>(counting.count().backward), n * said.backward) << info.name;
  }
  EXPECT_GE(counted, 10u);
}

TEST(Passes, MemoryIsAskedOfTheEngine) {
  const EngineCase c = stochastic_case();
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference}) {
    const auto engine = make_engine(c.objective(), {.kind = kind, .threads = 2});
    for (const EstimatorInfo& info : estimators()) {
      if (!info.refuse(c.objective(), {}).empty()) continue;
      const auto estimator = info.make({}, *engine);
      EXPECT_GT(estimator->bytes(1), 0u) << info.name;
      EXPECT_GE(estimator->bytes(500), estimator->bytes(1)) << info.name;
    }
  }
}

TEST(Estimators, ARefusalSaysWhyAndWhichOthersThereAre) {
  const EngineCase c = stochastic_case();
  const std::size_t judged = population_of(c.net.loss), units = c.net.network.populations()[judged].size();
  const Loss loss = LinearLoss{judged, Grid<double>(c.net.network.steps(), units)};
  const Objective objective{c.net.network, loss};
  ReferenceEngine engine(objective);
  try {
    make_estimator(find_estimator("pfister"), {}, engine, "here");
    FAIL();
  } catch (const UserError& error) {
    const std::string what = error.what();
    EXPECT_EQ(what.find("here: estimator \"pfister\" cannot be used here: needs a loss with a target"), 0u)
        << what;
    for (const EstimatorInfo& info : estimators())
      EXPECT_EQ(what.find(std::string(info.name)) != std::string::npos,
                info.refuse(objective, {}).empty() || info.name == "pfister")
          << info.name << " in " << what;
  }
}

}  // namespace
}  // namespace spikegrad
