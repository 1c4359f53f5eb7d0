// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/recording.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/reference/trial.hpp"
#include "spikegrad/network/initialiser.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

constexpr std::uint64_t seed = 3;
constexpr std::size_t trials = 70;  // more than are run at once

/// Everything that a net lets record, beside the tapes of the reference engine.
void compare_with_tapes(const Problem& problem, EngineKind kind, double tolerance) {
  const Network& network = problem.network;
  const std::vector<SampleInput> inputs = views_of(network, problem.input);
  std::vector<std::vector<float>> values;
  std::vector<Recorded> recorded;
  for (std::size_t p = 0; p < network.populations().size(); ++p)
    for (const Quantity q : {Quantity::output, Quantity::excess, Quantity::potential})
      if (q == Quantity::output || output_of(network.populations()[p].unit) != UnitOutput::given)
        recorded.push_back({p, q, {}});
  for (Recorded& r : recorded)
    r.values =
        values.emplace_back(trials * network.steps() * network.populations()[r.population].size(), -99.0f);
  std::vector<SampleOutcome> outcomes(trials);
  record(problem.objective(), problem.parameters, inputs, recorded,
         {.engine = {.kind = kind, .threads = 2}, .trials = trials, .seed = seed}, outcomes);

  ReferenceTrial trial(problem.objective(), {.forcing = Forcing::never});
  for (std::uint32_t k = 0; k < trials; ++k) {
    CounterDraws draws(seed, RecordingSettings().sample, k);
    const double loss = trial.forward(problem, draws);
    const Tape<double>& tape = trial.tape();
    bool same_spikes = true;  // a probability rounded to single precision may turn one over
    for (const Recorded& r : recorded) {
      const std::size_t size = network.populations()[r.population].size(),
                        unit = network.layout(r.population).unit_offset,
                        state = network.layout(r.population).state_offset;
      const std::size_t states = state_size_of(network.populations()[r.population].unit);
      const Unit& of = network.populations()[r.population].unit;
      for (std::size_t t = 0; t < network.steps() && same_spikes; ++t)
        for (std::size_t i = 0; i < size && same_spikes; ++i) {
          const double actual = static_cast<double>(r.values[(k * network.steps() + t) * size + i]);
          double expected = tape.output[t][unit + i];
          if (r.quantity == Quantity::excess) expected = tape.excess[t][unit + i];
          if (r.quantity == Quantity::potential)
            expected = timing_of(of) == DriveTiming::next_step
                           ? tape.state[t][state + i * states]
                           : tape.excess[t][unit + i] + std::get<Binary>(of).threshold;
          if (r.quantity == Quantity::output && kind == EngineKind::cpu && actual != expected &&
              network.populations()[r.population].is_stochastic())
            same_spikes = false;
          else
            EXPECT_NEAR(actual, expected, tolerance * (1.0 + std::abs(expected)))
                << network.populations()[r.population].name << " step " << t << " quantity "
                << names_of(r.quantity)[static_cast<std::size_t>(r.quantity)];
        }
    }
    EXPECT_TRUE(same_spikes) << "trial " << k;
    EXPECT_NEAR(outcomes[k].total(), loss, tolerance * (1.0 + std::abs(loss)));
  }
}

TEST(Recording, IsWhatTheTapesHold) {
  for (const std::uint64_t net : {1, 2, 5, 8, 13, 21}) {
    const auto random = testing::random_net(net, {.dropout = false});
    compare_with_tapes(random.problem(), EngineKind::reference, 1e-6);
    compare_with_tapes(random.problem(), EngineKind::cpu, 1e-4);
  }
}

/// One input onto three adaptive units that spike now and then.
Network adaptive(LearnTimeConstants learn) {
  return {{.dt = 1e-3, .steps = 40},
          {{.name = "x", .unit = InputUnit{}, .shape = {.positions = 1}},
           {.name = "h",
            .unit =
                [] {
                  Alif unit;
                  unit.tau_adaptation = 10e-3;
                  unit.adaptation = 0.7;
                  return unit;
                }(),
            .shape = {.positions = 3},
            .escape = SigmoidEscape{.beta = 5.0},
            .learn_time_constants = learn}},
          {{.from = 0, .to = 1, .kind = Dense{}}}};
}

TEST(Recording, PotentialsOfAdaptiveUnitsCountTheirAdaptation) {
  for (const auto learn :
       {LearnTimeConstants::none, LearnTimeConstants::population, LearnTimeConstants::unit}) {
    const Network network = adaptive(learn);
    std::vector<double> parameters = initial_parameters(network, {ConstantInitialiser{.value = 3.0}}, 1);
    for (std::size_t i = 3; i < parameters.size(); ++i) parameters[i] += 0.1 * static_cast<double>(i % 3);
    const Input input{{Grid<double>(40, 1, 1.0), {}}};
    const Loss loss = LinearLoss{.population = 1, .coefficients = Grid<double>(40, 3, 1.0)};
    compare_with_tapes({network, parameters, input, loss}, EngineKind::reference, 1e-6);
    compare_with_tapes({network, parameters, input, loss}, EngineKind::cpu, 1e-4);
  }
}

TEST(Recording, NeedsNoLoss) {
  const Network network = adaptive(LearnTimeConstants::none);
  const std::vector<double> parameters(3, 5.0);
  const Grid<double> ones(40, 1, 1.0);
  const std::vector<SampleInput> inputs{DenseValues{ones.flat()}};
  std::vector<float> spikes(40 * 3);
  record(network, parameters, inputs, std::vector<Recorded>{{1, Quantity::output, spikes}});
  EXPECT_GT(std::count(spikes.begin(), spikes.end(), 1.0f), 3);
}

TEST(Recording, RefusesWhatDoesNotFit) {
  const Network network = adaptive(LearnTimeConstants::none);
  const std::vector<double> parameters(3, 5.0);
  const Grid<double> ones(40, 1, 1.0);
  const std::vector<SampleInput> inputs{DenseValues{ones.flat()}};
  std::vector<float> values(40 * 3), few(5);
  const auto run = [&](const Recorded& recorded) {
    record(network, parameters, inputs, std::vector<Recorded>{recorded});
  };
  EXPECT_THROW(run({1, Quantity::output, few}), UserError);
  EXPECT_THROW(run({2, Quantity::output, values}), UserError);
  EXPECT_THROW(run({0, Quantity::potential, std::span(values).first(40)}), UserError);
  EXPECT_NO_THROW(run({1, Quantity::potential, values}));
}

}  // namespace
}  // namespace spikegrad
