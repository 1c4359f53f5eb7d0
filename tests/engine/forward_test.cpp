// SPDX-License-Identifier: Apache-2.0
// The reference forward pass against a second simulator that shares no formula with it, on random nets of the
// whole model language.
#include "spikegrad/engine/reference/forward.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "spikegrad/engine/reference/trial.hpp"
#include "tests/support/plain_net.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

using namespace testing;

const RandomNetOptions reference_nets{
    .max_spikes = 120,
    .max_steps = 20,
    .max_units = 12,
    .max_inputs = 10,
    .refractory = true,
    .planes = true,
    .outputs = {OutputKind::stochastic, OutputKind::deterministic, OutputKind::analog}};

// 20 steps of recurrent loops with weights near 3 multiply rounding (1e-16) by up to 1e5. A deterministic
// unit whose x is rounding noise may fall on either side; no net here does.
constexpr double rounding = 1e-10;

/// Largest difference of x and output between a tape and the second simulator, fed with the tape's draws; and
/// of the loss.
double difference(const RandomNet& net, const Tape<double>& tape, double loss) {
  PlainNet<double> plain(net.problem(), net.parameters);
  const auto column = [&](std::size_t p, std::size_t i) { return net.network.layout(p).unit_offset + i; };
  const double plain_loss = plain.run([&](std::size_t p, std::size_t t, std::size_t i, double x) {
    const Population& population = net.network.populations()[p];
    if (population.output == OutputKind::deterministic) return x > 0.0 ? 1.0 : 0.0;
    if (population.output == OutputKind::analog) return plain_probability(population, x);
    return tape.output[t][column(p, i)];
  });
  double apart = std::abs(loss - plain_loss) / (1.0 + std::abs(plain_loss));
  for (std::size_t p = 1; p < net.network.populations().size(); ++p)
    for (std::size_t t = 0; t < net.network.steps(); ++t)
      for (std::size_t i = 0; i < net.network.populations()[p].size(); ++i) {
        const double x = plain.excess(p, t, i);
        apart = std::max(apart, std::abs(tape.excess[t][column(p, i)] - x) / (1.0 + std::abs(x)));
        apart = std::max(apart, std::abs(tape.output[t][column(p, i)] - plain.output(p, t, i)) /
                                    (1.0 + std::abs(plain.output(p, t, i))));
      }
  return apart;
}

TEST(Forward, RandomNetsRunAsTheSecondSimulatorSays) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const RandomNet net = random_net(seed, reference_nets);
    CounterDraws draws(seed, 0, 0);
    ReferenceTrial engine(net.problem().objective(), {});
    const double loss = engine.forward(net.problem(), draws);
    EXPECT_LT(difference(net, engine.tape(), loss), rounding) << net.description;
    // The spike is the draw's answer to f(x).
    const auto clamp = clamp_of(net.loss);
    for (std::size_t p = 0; p < net.network.populations().size(); ++p) {
      const Population& population = net.network.populations()[p];
      if (!net.network.populations()[p].is_stochastic() || (clamp && clamp->population == p)) continue;
      for (std::uint32_t t = 0; t < net.network.steps(); ++t)
        for (std::uint32_t i = 0; i < population.size(); ++i) {
          const std::size_t u = net.network.layout(p).unit_offset + i;
          const double x = engine.tape().excess[t][u];
          const double f =
              std::visit([x](const auto& e) { return equations::probability(e, x); }, population.escape);
          const bool rests = is_refractory(engine.tape().output, u, t, population.refractory_steps);
          ASSERT_EQ(!rests && draws.below({static_cast<std::uint32_t>(p), i, t}, f),
                    engine.tape().output[t][u] == 1.0);
        }
    }
  }
}

// The engine runs another net than the second simulator: another reset, a threshold moved by 1e-6.
TEST(Forward, CheckerRejectsPlantedErrors) {
  std::size_t planted = 0;
  for (std::uint64_t seed = 0; planted < 10; ++seed) {
    const RandomNet net = random_net(seed, reference_nets);
    const auto* lif = std::get_if<Lif>(&net.network.populations()[1].unit);
    const Population& first = net.network.populations()[1];
    if (!lif || first.output != OutputKind::analog || net.network.steps() < 4 ||
        first.learn_threshold != LearnTimeConstants::none)
      continue;
    ++planted;
    CounterDraws draws(seed, 0, 0);
    const auto wrong = [&](auto&& change) {
      std::vector<Population> populations = net.network.populations();
      change(std::get<Lif>(populations[1].unit));
      const Network other(net.network.time(), populations, net.network.connections());
      const Problem problem{other, net.parameters, net.input, net.loss, net.regularisers, net.dropout_scale};
      ReferenceTrial engine(problem.objective(), {});
      const double loss = engine.forward(problem, draws);
      return difference(net, engine.tape(), loss);
    };
    EXPECT_LT(wrong([](Lif&) {}), rounding);
    EXPECT_GT(wrong([](Lif& u) { u.reset = u.reset == Reset::none ? Reset::subtractive : Reset::none; }),
              rounding)
        << net.description;
    EXPECT_GT(wrong([](Lif& u) { u.threshold += 1e-6; }), rounding) << net.description;
  }
}

// Continuing a trial from step s, on the tape as it was, is the trial.
TEST(Forward, ContinuingFromAStepIsTheWholeTrial) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, reference_nets);
    CounterDraws draws(seed, 0, 0);
    const Objective objective = net.problem().objective();
    ReferenceTrial whole(objective, {}), part(objective, {});
    const double loss = whole.forward(net.problem(), draws);
    part.tape() = whole.tape();
    const std::size_t first = seed % net.network.steps();
    for (std::size_t t = first; t < net.network.steps(); ++t)
      for (double& y : part.tape().output[t]) y = -7.0;
    EXPECT_EQ(part.forward(net.problem(), draws, first), loss);
    EXPECT_EQ(part.tape().output, whole.tape().output) << net.description;
    EXPECT_EQ(part.tape().state, whole.tape().state);
  }
}

TEST(Forward, MeanFieldReplacesSpikesByProbabilities) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 60, .max_units = 8});
    CounterDraws draws(0, 0, 0);
    ReferenceTrial engine(net.problem().objective(), {.forward = ForwardMode::mean_field});
    const double loss = engine.forward(net.problem(), draws);
    EXPECT_LT(difference(net, engine.tape(), loss), rounding) << net.description;
    const auto clamp = clamp_of(net.loss);
    for (std::size_t p = 0; p < net.network.populations().size(); ++p) {
      if (!net.network.populations()[p].is_stochastic() || (clamp && clamp->population == p)) continue;
      const std::size_t u = net.network.layout(p).unit_offset;
      const double x = engine.tape().excess[0][u];
      EXPECT_NEAR(engine.tape().output[0][u], plain_probability(net.network.populations()[p], x), 1e-15);
    }
  }
}

}  // namespace
}  // namespace spikegrad
