// SPDX-License-Identifier: Apache-2.0
// A net as a function: what it gives is what passes give, and what is no backward pass of a signal is refused.
#include "spikegrad/estimator/net_function.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/engine_pair.hpp"

namespace spikegrad {
namespace {

using namespace testing;

EngineCase linear_case(std::uint64_t seed) {
  EngineCase c = engine_case(random_net(seed, {.max_spikes = 1000,
                                               .max_steps = 10,
                                               .max_units = 12,
                                               .regularisers = false,
                                               .dropout = false,
                                               .losses = {"linear"}}),
                             2, seed);
  Dice dice(seed);
  for (Loss& loss : c.losses)
    for (double& a : std::get<LinearLoss>(loss).coefficients.flat()) a = dice.normal();
  return c;
}

TEST(NetFunction, GivesWhatAPassOfTheLinearLossGives) {
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference})
      for (const std::string name : {"surrogate", "mean-field"}) {
        const EngineCase c = linear_case(seed);
        const CaseSamples samples(c);
        const Batch batch{.parameters = c.net.parameters, .samples = samples.samples(), .seed = seed};
        const std::size_t p = population_of(c.net.loss), size = c.net.network.populations()[p].size(),
                          steps = c.net.network.steps();
        const auto engine = make_engine(c.objective(), {kind, 1});
        std::vector<double> expected(c.net.parameters.size(), 0.0), gradient = expected;
        std::vector<SampleRecord> records(2);
        find_estimator(name).make({}, *engine)->gradient(batch, {.gradient = expected, .records = records});

        NetFunction function(c.net.network, p, {.estimator = name, .engine = {kind, 2}});
        EXPECT_EQ(function.output(), p);
        std::vector<std::vector<float>> outputs(2, std::vector<float>(steps * size));
        std::vector<std::vector<double>> signals;
        for (const Loss& loss : c.losses) {
          const auto flat = std::get<LinearLoss>(loss).coefficients.flat();
          signals.emplace_back(flat.begin(), flat.end());
        }
        const std::vector<NumberSpan> to{std::span(outputs[0]), std::span(outputs[1])},
            from{std::span(signals[0]), std::span(signals[1])};
        function.forward(batch, to);
        function.backward(batch, from, gradient);
        EXPECT_EQ(gradient, expected) << c.net.description;
        for (std::size_t s = 0; s < 2; ++s) {
          const auto recorded = records[s].output[p].flat();
          EXPECT_TRUE(std::equal(outputs[s].begin(), outputs[s].end(), recorded.begin()))
              << c.net.description;
        }
        const std::vector<NumberSpan> one{std::span(signals[0])}, wrong{std::span(signals[0]), {}};
        EXPECT_THROW(function.backward(batch, one, gradient), UserError);
        EXPECT_THROW(function.backward(batch, wrong, gradient), UserError);
      }
}

// A tape that is kept is that of the last batch: what comes back for it, for the one before it, and a second time.
TEST(NetFunction, GivesTheSameWhetherItKeepsTheTapeOrNot) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const EngineCase a = linear_case(seed), b = engine_case(a.net, 70, seed + 1);
    const CaseSamples of_a(a), of_b(b);
    const std::size_t p = population_of(a.net.loss), size = a.net.network.populations()[p].size(),
                      steps = a.net.network.steps();
    const Batch batches[2]{{.parameters = a.net.parameters, .samples = of_a.samples(), .seed = seed},
                           {.parameters = b.net.parameters, .samples = of_b.samples(), .seed = seed}};
    Dice dice(seed);
    std::vector<std::vector<float>> outputs(70, std::vector<float>(steps * size)), signals = outputs;
    for (auto& signal : signals)
      for (float& v : signal) v = static_cast<float>(dice.normal());
    std::vector<NumberSpan> to(outputs.begin(), outputs.end()), from(signals.begin(), signals.end());
    NetFunction function(a.net.network, p, {.engine = {EngineKind::cpu, 2}});
    const auto backward = [&](std::size_t k) {
      std::vector<double> gradient(a.net.parameters.size(), 0.0);
      function.backward(batches[k], std::span(from).first(batches[k].samples.size()), gradient);
      return gradient;
    };
    const auto part = [&](std::size_t k) { return std::span(to).first(batches[k].samples.size()); };
    std::vector<std::vector<double>> expected;
    for (std::size_t k = 0; k < 2; ++k) {
      function.run(batches[k], part(k));
      expected.push_back(backward(k));
    }
    function.forward(batches[0], part(0));
    function.forward(batches[1], part(1));
    EXPECT_EQ(backward(1), expected[1]) << a.net.description;
    EXPECT_EQ(backward(0), expected[0]) << a.net.description;
    EXPECT_EQ(backward(1), expected[1]) << a.net.description;
    function.forward(batches[0], part(0));
    EXPECT_EQ(backward(0), expected[0]) << a.net.description;
  }
}

// A run between forward() and backward() is not taken for the trial that was kept, though its parameters lie where that
// one's lay.
TEST(NetFunction, ARunTakesThePlaceOfAKeptTape) {
  const EngineCase c = linear_case(3);
  const CaseSamples samples(c);
  const std::size_t p = population_of(c.net.loss), size = c.net.network.populations()[p].size(),
                    steps = c.net.network.steps();
  std::vector<double> parameters = c.net.parameters;
  const Batch batch{.parameters = parameters, .samples = samples.samples(), .seed = 1};
  std::vector<std::vector<float>> outputs(batch.samples.size(), std::vector<float>(steps * size)),
      signals(batch.samples.size(), std::vector<float>(steps * size, 1.0f));
  std::vector<NumberSpan> to(outputs.begin(), outputs.end()), from(signals.begin(), signals.end());
  NetFunction kept(c.net.network, p, {.engine = {EngineKind::cpu, 1}}),
      fresh(c.net.network, p, {.engine = {EngineKind::cpu, 1}});
  const auto backward = [&](NetFunction& function) {
    std::vector<double> gradient(parameters.size(), 0.0);
    function.backward(batch, from, gradient);
    return gradient;
  };
  kept.forward(batch, to);
  const std::vector<double> before = backward(kept);
  kept.forward(batch, to);
  for (double& w : parameters) w *= 0.5;
  kept.run(batch, to);
  EXPECT_EQ(backward(kept), backward(fresh));
  EXPECT_NE(backward(fresh), before);
}

TEST(NetFunction, RefusesWhatIsNoBackwardPassOfASignal) {
  const EngineCase c = linear_case(1);
  const auto said = [&](const std::string& estimator, std::size_t output) {
    try {
      NetFunction(c.net.network, output, {.estimator = estimator});
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::size_t p = population_of(c.net.loss);
  for (const std::string name : {"score", "counterfactual", "exact", "pfister", "finite-difference"}) {
    EXPECT_NE(said(name, p).find("is no backward pass of a signal at the outputs"), std::string::npos)
        << name;
    EXPECT_NE(said(name, p).find("surrogate, "), std::string::npos) << said(name, p);
  }
  EXPECT_NE(said("surrogat", p).find("surrogate"), std::string::npos);
  EXPECT_NE(said("surrogate", 0).find("is an input"), std::string::npos);
  EXPECT_NE(said("surrogate", 99).find("no population 99"), std::string::npos);
}

}  // namespace
}  // namespace spikegrad
