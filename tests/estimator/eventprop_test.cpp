// SPDX-License-Identifier: Apache-2.0
// EventProp against difference quotients of its own loss, where no spike appears or vanishes; and its net between the
// steps against the same equations integrated in small steps.
#include "spikegrad/estimator/eventprop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "spikegrad/estimator/problem_sampler.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad::eventprop_test {
namespace {

using namespace testing;

constexpr std::size_t steps = 25;
constexpr double dt = 1e-3;

struct Case {
  Network network;
  std::vector<double> parameters;
  Input input;
  Loss loss;
  Problem problem() const { return {network, parameters, input, loss}; }
};

/// x → h (with a loop) → k → readout, with equal time constants in a third of the cases.
Case make_case(std::uint64_t seed) {
  Dice dice(seed);
  constexpr std::array<std::size_t, 4> sizes = {3, 4, 3, 2};
  constexpr std::array<const char*, 4> names = {"x", "h", "k", "o"};
  std::vector<Population> all(4);
  for (std::size_t p = 0; p < 4; ++p) {
    all[p].name = names[p];
    all[p].shape = {1, sizes[p]};
    all[p].output = OutputKind::deterministic;
  }
  all[0].unit = InputUnit{};
  all[1].unit = Lif{{}, 8e-3, seed % 3 == 0 ? 8e-3 : 4e-3, 1.0, Reset::multiplicative};
  all[2].unit = Lif{{}, 6e-3, 9e-3, 0.8, Reset::subtractive};
  all[3].unit = Readout{{}, 12e-3, 3e-3};
  all[2].bias = true;
  Case c{.network =
             Network({dt, steps}, all, {{0, 1, Dense{}}, {1, 1, Dense{}}, {1, 2, Dense{}}, {2, 3, Dense{}}}),
         .parameters = {},
         .input = {},
         .loss = {}};
  for (std::size_t i = 0; i < c.network.parameter_count(); ++i) c.parameters.push_back(dice.normal());
  const auto block = [&](std::size_t connection) {
    const ParameterBlock& b = c.network.blocks()[connection];
    return std::span(c.parameters).subspan(b.offset, b.size);
  };
  for (double& w : block(0)) w = 1.0 + std::abs(w);
  for (double& w : block(1)) w *= 0.3;
  for (double& w : block(2)) w = 0.5 + 0.5 * std::abs(w);
  for (std::size_t i = 0; i < sizes[2]; ++i)
    c.parameters[c.network.blocks()[*c.network.layout(2).bias_block].offset + i] *= 0.05;
  Grid<double> raster(steps, sizes[0]), coefficients(steps, sizes[3]);
  for (double& value : raster.flat()) value = dice.chance(0.3) ? 1.0 : 0.0;
  for (double& value : coefficients.flat()) value = dice.normal();
  c.input.values = {raster, {}, {}, {}};
  if (seed % 4 == 3)
    c.loss = MeanCrossEntropyLoss{3, seed % 2};
  else
    c.loss = LinearLoss{3, coefficients};
  return c;
}

/// How often each unit spikes.
std::vector<std::size_t> counts(const Case& c, const EventDrivenTrial& trial) {
  std::vector<std::size_t> spikes(c.network.unit_count(), 0);
  for (const auto& spike : trial.spikes())
    ++spikes[c.network.layout(spike.population).unit_offset + spike.unit];
  return spikes;
}

std::vector<double> gradient_of(const Case& c) {
  CounterDraws unused(0, 0, 0);
  std::vector<double> gradient(c.parameters.size(), 0.0);
  const Problem problem = c.problem();
  ProblemSampler(problem, find_estimator("eventprop")).sample(unused, gradient);
  return gradient;
}

TEST(EventProp, IsTheDerivativeOfTheLossWhereNoSpikeAppearsOrVanishes) {
  std::size_t checked = 0, left_out = 0, spikes = 0, seen = 0;
  EventDrivenTrial trial;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Case c = make_case(seed);
    const std::vector<double> gradient = gradient_of(c);
    trial.forward(c.problem());
    spikes += trial.spikes().size();
    const auto before = counts(c, trial);
    for (std::size_t i = 0; i < c.parameters.size(); ++i) {
      const double w = c.parameters[i];
      bool same = true;
      const auto loss_at = [&](double parameter) {
        c.parameters[i] = parameter;
        const double loss = trial.forward(c.problem());
        same = same && counts(c, trial) == before;
        c.parameters[i] = w;
        return loss;
      };
      // Differences over two steps: what they have not in common is of third order.
      constexpr double h = 2e-6;
      const double wide = (loss_at(w + h) - loss_at(w - h)) / (2.0 * h),
                   narrow = (loss_at(w + h / 2) - loss_at(w - h / 2)) / h;
      if (!same) {
        ++left_out;
        continue;
      }
      ++checked;
      const double quotient = (4.0 * narrow - wide) / 3.0,
                   tolerance = 1e-5 * std::max({1.0, largest(gradient), std::abs(quotient)}) +
                               std::abs(wide - narrow);
      EXPECT_NEAR(gradient[i], quotient, tolerance) << seed << " " << i;
      seen += std::abs(0.005 * quotient) > tolerance;  // an error of half a percent would be seen
    }
  }
  EXPECT_GT(checked, 1500u);
  EXPECT_LT(left_out, 20u);
  EXPECT_GT(spikes, 400u);
  EXPECT_GT(seen, 300u);
}

// Midpoint rule in steps of dt/4000, with a spike where V passes θ.
TEST(EventProp, SpikesWhereTheEquationsInSmallStepsDo) {
  constexpr std::size_t parts = 4000;
  constexpr double h = dt / parts;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const Case c = make_case(seed);
    EventDrivenTrial trial;
    trial.forward(c.problem());
    const Network& network = c.network;
    std::vector<double> v(network.unit_count(), 0.0), current(v);
    std::vector<std::pair<std::size_t, double>> spikes;  // unit, time
    std::size_t sent = 0;
    const auto arrive = [&](std::size_t from, double value) {
      for (std::size_t k = 0; k < network.connections().size(); ++k) {
        const Connection& connection = network.connections()[k];
        const PopulationLayout &source = network.layout(connection.from),
                               &target = network.layout(connection.to);
        const std::size_t pre = network.populations()[connection.from].size();
        if (from < source.unit_offset || from >= source.unit_offset + pre) continue;
        for (std::size_t i = 0; i < network.populations()[connection.to].size(); ++i)
          current[target.unit_offset + i] +=
              value * c.parameters[network.blocks()[k].offset + i * pre + from - source.unit_offset];
      }
    };
    for (std::size_t step = 0; step < steps * parts; ++step) {
      const double now = static_cast<double>(step) * h;
      if (step % parts == 0 && step > 0) {
        for (std::size_t i = 0; i < 3; ++i) {
          arrive(i, c.input.values[0][step / parts - 1][i]);
          current[network.layout(2).unit_offset + i] +=
              c.parameters[network.blocks()[*network.layout(2).bias_block].offset + i];
        }
      }
      for (; sent < spikes.size() && spikes[sent].second + dt <= now; ++sent) arrive(spikes[sent].first, 1.0);
      for (const std::size_t p : {1, 2}) {
        const auto& unit = std::get<Lif>(network.populations()[p].unit);
        for (std::size_t i = 0; i < network.populations()[p].size(); ++i) {
          const std::size_t u = network.layout(p).unit_offset + i;
          const double half_i = current[u] * (1.0 - 0.5 * h / unit.tau_syn);
          const double half_v = v[u] + 0.5 * h / unit.tau_mem * (current[u] - v[u]);
          v[u] += h / unit.tau_mem * (half_i - half_v);
          current[u] -= h / unit.tau_syn * half_i;
          if (v[u] < unit.threshold) continue;
          spikes.emplace_back(u, now + h);
          v[u] = 0.0;
        }
      }
    }
    EXPECT_GT(trial.spikes().size(), 50u);
    // Unit by unit; a last spike may fall behind the end of one of the two.
    std::vector<std::vector<double>> small(network.unit_count()), exact(network.unit_count());
    for (const auto& [unit, time] : spikes) small[unit].push_back(time);
    for (const auto& spike : trial.spikes())
      exact[network.layout(spike.population).unit_offset + spike.unit].push_back(spike.time);
    for (std::size_t u = 0; u < exact.size(); ++u) {
      EXPECT_NEAR(static_cast<double>(exact[u].size()), static_cast<double>(small[u].size()), 1.0) << u;
      for (std::size_t k = 0; k < std::min(exact[u].size(), small[u].size()); ++k)
        EXPECT_NEAR(exact[u][k], small[u][k], 0.05 * dt) << seed << " " << u << " " << k;
    }
  }
}

/// One input spike of weight w onto one unit, which a readout sees.
Case one_unit(double w) {
  std::vector<Population> all(3);
  all[0].name = "x";
  all[0].unit = InputUnit{};
  all[1].name = "h";
  all[1].unit = Lif{};
  all[1].output = OutputKind::deterministic;
  all[2].name = "o";
  all[2].unit = Readout{};
  Case c{.network = Network({dt, steps}, all, {{0, 1, Dense{}}, {1, 2, Dense{}}}),
         .parameters = {w, 1.0},
         .input = {},
         .loss = {}};
  Grid<double> raster(steps, 1), coefficients(steps, 1);
  raster[0][0] = 1.0;
  coefficients[steps - 1][0] = 1.0;
  c.input.values = {raster, {}, {}};
  c.loss = LinearLoss{2, coefficients};
  return c;
}

// With τ_m = 2 τ_s, V = w (e^{-s/τ_m} - e^{-s/τ_s}) from the arrival on: at most w/4, so that 4 is where a spike
// appears. Above it e^{-s/τ_m} = (1 + √(1 - 4/w))/2.
TEST(EventProp, FindsTheSpikeTimeAndIsBlindToItsAppearance) {
  EventDrivenTrial trial;
  EXPECT_EQ(trial.forward(one_unit(3.999).problem()), 0.0);
  EXPECT_EQ(gradient_of(one_unit(3.999)), (std::vector<double>{0.0, 0.0}));
  for (const double w : {4.001, 5.0, 7.0}) {
    const Case c = one_unit(w);
    EXPECT_GT(trial.forward(c.problem()), 0.01) << "the spike jumps into the loss";
    ASSERT_GE(trial.spikes().size(), 1u);
    const double s = -10e-3 * std::log(0.5 * (1.0 + std::sqrt(1.0 - 4.0 / w)));
    EXPECT_NEAR(trial.spikes()[0].time, dt + s, 1e-12) << w;
  }
}

TEST(EventProp, SaysWhatItCannotTake) {
  const EstimatorInfo& info = find_estimator("eventprop");
  const auto why = [&](const auto& change, const Loss* loss = nullptr) {
    const Case c = one_unit(5.0);
    std::vector<Population> all = c.network.populations();
    change(all);
    const Network network(c.network.time(), all, c.network.connections());
    return info.refuse({network, loss ? *loss : c.loss, {}}, {});
  };
  EXPECT_EQ(why([](auto&) {}), "");
  EXPECT_NE(why([](auto& all) { all[1].output = OutputKind::stochastic; }), "");
  EXPECT_NE(why([](auto& all) { all[1].unit = Alif{}; }), "");
  EXPECT_NE(why([](auto& all) { std::get<Lif>(all[1].unit).reset = Reset::none; }), "");
  EXPECT_NE(why([](auto& all) { all[1].learn_time_constants = LearnTimeConstants::unit; }), "");
  const Loss of_spikes = LinearLoss{1, Grid<double>(steps, 1)};
  EXPECT_NE(why([](auto&) {}, &of_spikes), "");
}

}  // namespace
}  // namespace spikegrad::eventprop_test
