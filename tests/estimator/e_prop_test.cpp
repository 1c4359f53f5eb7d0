// SPDX-License-Identifier: Apache-2.0
// e-prop against its own recursion forward in time (Bellec et al. 2020; docs/derivations.md, section 6), on recurrent
// nets of LIF and adaptive units with a readout; feedback alignment against the same without a loop.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "spikegrad/engine/feedback.hpp"
#include "spikegrad/engine/reference/trial.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad::e_prop_test {
namespace {

using namespace testing;

constexpr std::size_t inputs = 3, units = 4, readouts = 2, steps = 40;
constexpr double dt = 1e-3;

struct Case {
  Alif unit;  ///< of h; without adaptation it is a LIF unit
  Readout readout;
  Network network;
  std::vector<double> parameters = {};
  Input input = {};
  Loss loss = {};
};

Network network_of(const Alif& unit, const Readout& readout, bool recurrent) {
  std::vector<Population> all(3);
  const std::array<const char*, 3> names = {"x", "h", "o"};
  const std::array<std::size_t, 3> sizes = {inputs, units, readouts};
  for (std::size_t p = 0; p < 3; ++p) {
    all[p].name = names[p];
    all[p].shape = {1, sizes[p]};
  }
  all[0].unit = InputUnit{};
  if (unit.adaptation != 0.0)
    all[1].unit = unit;
  else
    all[1].unit = static_cast<const Lif&>(unit);
  all[1].surrogate = SuperSpikeSurrogate{5.0};
  all[2].unit = readout;
  std::vector<Connection> connections{{0, 1, Dense{}}};
  if (recurrent) connections.push_back({1, 1, Dense{}});
  connections.push_back({1, 2, Dense{}});
  return Network({dt, steps}, std::move(all), std::move(connections));
}

Case make_case(std::uint64_t seed, bool adaptive, bool recurrent = true) {
  Dice dice(seed);
  Alif unit;
  unit.tau_mem = 8e-3;
  unit.tau_adaptation = 30e-3;
  unit.adaptation = adaptive ? 0.8 : 0.0;
  Readout readout;
  readout.tau_mem = 20e-3;
  readout.tau_syn = 4e-3;
  Case c{.unit = unit, .readout = readout, .network = network_of(unit, readout, recurrent)};
  for (std::size_t i = 0; i < c.network.parameter_count(); ++i) c.parameters.push_back(dice.normal());
  for (std::size_t i = 0; i < inputs * units; ++i) c.parameters[i] = 4.0 * std::abs(c.parameters[i]);
  Grid<double> raster(steps, inputs), coefficients(steps, readouts);
  for (double& value : raster.flat()) value = dice.chance(0.4) ? 1.0 : 0.0;
  for (double& value : coefficients.flat()) value = dice.normal();
  c.input.values = {raster, {}, {}};
  c.loss = LinearLoss{2, coefficients};
  return c;
}

/// Gradient of the weights onto h, forward in time, of a trial with these spikes and potentials: the eligibility
/// of each synapse with its unit's own memory, filtered by the readout, times the learning signal.
std::vector<double> forward_in_time(const Case& c, const Tape<double>& tape,
                                    std::span<const double> weights) {
  const double mem = std::exp(-dt / c.unit.tau_mem), syn = std::exp(-dt / c.unit.tau_syn),
               slow = std::exp(-dt / c.unit.tau_adaptation), readout_mem = std::exp(-dt / c.readout.tau_mem),
               readout_syn = std::exp(-dt / c.readout.tau_syn);
  const Grid<double>& target = std::get<LinearLoss>(c.loss).coefficients;
  const bool loops = c.network.connections().size() == 3;
  const double* out = &weights[units * (inputs + (loops ? units : 0))];  // [readout, unit]
  std::vector<double> gradient;
  for (const bool recurrent : {false, true})
    for (std::size_t j = 0; j < units && (loops || !recurrent); ++j)
      for (std::size_t i = 0; i < (recurrent ? units : inputs); ++i) {
        double current = 0, potential = 0, adaptation = 0, filtered_current = 0, filtered = 0, sum = 0;
        for (std::size_t t = 0; t < steps; ++t) {
          const double x = tape.excess[t][inputs + j], spike = tape.output[t][inputs + j];
          const double slope = std::pow(1.0 + 5.0 * std::abs(x), -2.0);
          const double eligibility = slope * (potential - c.unit.adaptation * adaptation);
          for (std::size_t k = 0; k < readouts; ++k) sum += target[t][k] * out[k * units + j] * filtered;
          filtered = readout_mem * filtered + (1.0 - readout_mem) * filtered_current;
          filtered_current = readout_syn * filtered_current + eligibility;
          adaptation = slow * adaptation + (1.0 - slow) * eligibility;
          potential = (mem * potential + (1.0 - mem) * current) * (1.0 - spike);
          current = syn * current + tape.output[t][recurrent ? inputs + i : i];
        }
        gradient.push_back(sum);
      }
  return gradient;
}

std::vector<double> backward_in_time(const Case& c, const char* name, std::uint64_t seed) {
  CounterDraws draws(seed, 0, 0);
  std::vector<double> gradient(c.parameters.size());
  const Problem problem{c.network, c.parameters, c.input, c.loss};
  ProblemSampler(problem, find_estimator(name)).sample(draws, gradient);
  gradient.resize(c.parameters.size() - units * readouts);
  return gradient;
}

TEST(EProp, IsItsOwnRecursionForwardInTime) {
  std::size_t spikes = 0, apart = 0;
  constexpr std::size_t nets = 40;
  for (std::uint64_t seed = 0; seed < nets; ++seed) {
    const Case c = make_case(seed, seed % 2 == 1);
    const Problem problem{c.network, c.parameters, c.input, c.loss};
    ReferenceTrial trial(problem.objective(), {});
    CounterDraws draws(seed, 0, 0);
    trial.forward(problem, draws);
    for (std::size_t t = 0; t < steps; ++t)
      for (std::size_t j = 0; j < units; ++j) spikes += trial.tape().output[t][inputs + j] != 0.0;
    const auto expected = forward_in_time(c, trial.tape(), c.parameters);
    EXPECT_LT(distance(backward_in_time(c, "e-prop", seed), expected), 1e-10) << seed;
    apart += distance(backward_in_time(c, "surrogate", seed), expected) > 1e-3;
  }
  EXPECT_GT(spikes, 10 * nets);
  EXPECT_GT(apart, nets / 2);  // the check sees the paths that e-prop leaves out
}

// Without a loop e-prop is the surrogate gradient, and feedback alignment the same with B for w.
TEST(FeedbackAlignment, IsTheRecursionForwardInTimeWithItsOwnWeights) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Case c = make_case(seed, seed % 2 == 1, false);
    const Problem problem{c.network, c.parameters, c.input, c.loss};
    ReferenceTrial trial(problem.objective(), {});
    CounterDraws draws(seed, 0, 0);
    trial.forward(problem, draws);
    const auto random = feedback_weights(c.network, 1.0);
    const auto with_w = forward_in_time(c, trial.tape(), c.parameters),
               with_b = forward_in_time(c, trial.tape(), random);
    EXPECT_LT(distance(backward_in_time(c, "surrogate", seed), with_w), 1e-10) << seed;
    EXPECT_LT(distance(backward_in_time(c, "feedback-alignment", seed), with_b), 1e-10) << seed;
    EXPECT_GT(distance(with_w, with_b), 1e-3) << seed;
  }
}

TEST(FeedbackAlignment, ItsWeightsHaveTheScaleOfTheFanIn) {
  std::vector<Population> all(2);
  all[0].name = "x";
  all[0].unit = InputUnit{};
  all[0].shape = {1, 100};
  all[1].name = "h";
  all[1].unit = Lif{};
  all[1].shape = {1, 200};
  const Network network({dt, 2}, all, {{0, 1, Dense{}}});
  const auto weights = feedback_weights(network, 3.0);
  double square = 0.0;
  for (const double b : weights) square += b * b;
  // 20,000 numbers: their mean square is 0.09 to 1 % (one standard error); 4 of them are allowed.
  EXPECT_NEAR(square / static_cast<double>(weights.size()), 0.09, 0.0036);
}

}  // namespace
}  // namespace spikegrad::e_prop_test
