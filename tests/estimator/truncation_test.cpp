// SPDX-License-Identifier: Apache-2.0
// ottt, sltt and truncated against recursions forward in time that share no code with the backward pass.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "spikegrad/engine/reference/trial.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad::truncation_test {
namespace {

using namespace testing;

constexpr std::size_t steps = 30;
constexpr double dt = 1e-3, beta = 5.0;
constexpr std::array<std::size_t, 4> sizes = {3, 4, 3, 2};  ///< x, h1, h2, readout
using Matrix = Grid<double>;                                ///< [post, pre]

double slope_at(double x) {
  return std::pow(1.0 + beta * std::abs(x), -2.0);
}

/// x → h1 (with a loop, where `recurrent`) → h2 → readout, and its linear loss.
struct Case {
  Network network;
  std::vector<double> parameters = {};
  Input input = {};
  Loss loss = {};
  bool recurrent = false, reset = false;

  Matrix weights(std::size_t c) const {
    const Connection& connection = network.connections()[c];
    Matrix w(sizes[connection.to], sizes[connection.from]);
    const auto from = parameters.begin() + static_cast<std::ptrdiff_t>(network.blocks()[c].offset);
    std::copy_n(from, w.flat().size(), w.flat().begin());
    return w;
  }
  Problem problem() const { return {network, parameters, input, loss}; }
};

Case make_case(std::uint64_t seed, bool recurrent, bool differentiate_reset = false) {
  Dice dice(seed);
  std::vector<Population> all(4);
  constexpr std::array<const char*, 4> names = {"x", "h1", "h2", "o"};
  for (std::size_t p = 0; p < 4; ++p) {
    all[p].name = names[p];
    all[p].shape = {1, sizes[p]};
    all[p].surrogate = SuperSpikeSurrogate{beta};
  }
  all[0].unit = InputUnit{};
  all[1].unit = Lif{{}, 8e-3, 4e-3};
  all[2].unit = Lif{{}, 6e-3, 3e-3};
  all[3].unit = Readout{{}, 12e-3, 2e-3};
  all[1].differentiate_reset = all[2].differentiate_reset = differentiate_reset;
  std::vector<Connection> connections{{0, 1, Dense{}}, {1, 2, Dense{}}, {2, 3, Dense{}}};
  if (recurrent) connections.push_back({1, 1, Dense{}});
  Case c{.network = Network({dt, steps}, all, connections),
         .recurrent = recurrent,
         .reset = differentiate_reset};
  for (std::size_t i = 0; i < c.network.parameter_count(); ++i) c.parameters.push_back(dice.normal());
  for (std::size_t i = 0; i < sizes[0] * sizes[1] + sizes[1] * sizes[2]; ++i)
    c.parameters[i] = 4.0 * std::abs(c.parameters[i]);
  Matrix raster(steps, sizes[0]), coefficients(steps, sizes[3]);
  for (double& value : raster.flat()) value = dice.chance(0.4) ? 1.0 : 0.0;
  for (double& value : coefficients.flat()) value = dice.normal();
  c.input.values = {raster, {}, {}, {}};
  c.loss = LinearLoss{3, coefficients};
  return c;
}

Tape<double> tape_of(const Case& c, std::uint64_t seed) {
  const Problem problem = c.problem();
  ReferenceTrial trial(problem.objective(), {});
  CounterDraws draws(seed, 0, 0);
  trial.forward(problem, draws);
  return trial.tape();
}
std::vector<double> backward_in_time(const Case& c, const char* name, std::uint64_t seed,
                                     const EstimatorSettings& settings = {}) {
  CounterDraws draws(seed, 0, 0);
  std::vector<double> gradient(c.parameters.size());
  const Problem problem = c.problem();
  ProblemSampler(problem, find_estimator(name), settings).sample(draws, gradient);
  return gradient;
}

struct Filter {
  double mem, syn;
  double gain() const { return 1.0 - mem; }
};
Filter filter_of(const Network& network, std::size_t p) {
  const auto& decay = network.layout(p).decay;
  return {decay[0], decay[1]};
}

/// Online: in step t the loss's signal c[t] gives x̄ of h2 two steps before, and that x̄ of h1 two steps before it;
/// each meets what the synapses have kept of their past. `traces`: ottt; else sltt.
std::vector<double> online(const Case& c, const Tape<double>& tape, bool traces) {
  const Network& network = c.network;
  const auto S = [&](std::size_t p, std::size_t t, std::size_t i) {
    return tape.output[t][network.layout(p).unit_offset + i];
  };
  const auto x = [&](std::size_t p, std::size_t t, std::size_t i) {
    return tape.excess[t][network.layout(p).unit_offset + i];
  };
  const auto spike_of = [&](std::size_t p, std::size_t t, std::size_t i) {
    return p == 3 ? 0.0 : S(p, t, i);
  };

  // What each synapse's past does to its potential, step by step.
  std::vector<std::vector<Matrix>> trace(network.connections().size());
  for (std::size_t k = 0; k < trace.size(); ++k) {
    const auto [from, to] = std::pair(network.connections()[k].from, network.connections()[k].to);
    const Filter f = filter_of(network, to);
    Matrix current(sizes[to], sizes[from]), potential(sizes[to], sizes[from]);
    for (std::size_t t = 0; t < steps; ++t) {
      trace[k].push_back(potential);
      for (std::size_t i = 0; i < sizes[to]; ++i)
        for (std::size_t j = 0; j < sizes[from]; ++j) {
          const double gate = 1.0 - spike_of(to, t, i);
          if (traces) {
            potential[i][j] = (f.mem * potential[i][j] + f.gain() * current[i][j]) * gate;
            current[i][j] = f.syn * current[i][j] + S(from, t, j);
          } else {
            potential[i][j] = f.gain() * current[i][j] * gate;
            current[i][j] = S(from, t, j);
          }
        }
    }
  }
  const Matrix w2 = c.weights(1), w3 = c.weights(2);
  const Filter f2 = filter_of(network, 2), f3 = filter_of(network, 3);
  const Matrix& target = std::get<LinearLoss>(c.loss).coefficients;
  std::vector<double> gradient(c.parameters.size(), 0.0);
  const auto learn = [&](std::size_t k, std::size_t t, std::size_t i, double adj_x) {
    const std::size_t from = network.connections()[k].from;
    for (std::size_t j = 0; j < sizes[from]; ++j)
      gradient[network.blocks()[k].offset + i * sizes[from] + j] += adj_x * trace[k][t][i][j];
  };
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t o = 0; o < sizes[3]; ++o) learn(2, t, o, target[t][o]);
    if (t < 2) continue;
    std::array<double, sizes[2]> adj2{};
    for (std::size_t i = 0; i < sizes[2]; ++i) {
      for (std::size_t o = 0; o < sizes[3]; ++o) adj2[i] += w3[o][i] * f3.gain() * target[t][o];
      adj2[i] *= slope_at(x(2, t - 2, i));
      learn(1, t - 2, i, adj2[i]);
    }
    if (t < 4) continue;
    for (std::size_t j = 0; j < sizes[1]; ++j) {
      double adj1 = 0.0;
      for (std::size_t i = 0; i < sizes[2]; ++i)
        adj1 += w2[i][j] * f2.gain() * (1.0 - S(2, t - 3, i)) * adj2[i];
      adj1 *= slope_at(x(1, t - 4, j));
      learn(0, t - 4, j, adj1);
      if (c.recurrent) learn(3, t - 4, j, adj1);
    }
  }
  return gradient;
}

TEST(Ottt, IsItsOwnRecursionForwardInTime) {
  std::size_t from_e_prop = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Case c = make_case(seed, seed % 2 == 1, seed % 3 == 1);
    const auto expected = online(c, tape_of(c, seed), true);
    EXPECT_LT(distance(backward_in_time(c, "ottt", seed), expected), 1e-10) << seed;
    from_e_prop += distance(backward_in_time(c, "e-prop", seed), expected) > 1e-3;
  }
  EXPECT_GT(from_e_prop, 30u);
}

TEST(Sltt, IsItsOwnRecursionForwardInTime) {
  std::size_t from_ottt = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Case c = make_case(seed, seed % 2 == 1, seed % 3 == 1);
    const auto expected = online(c, tape_of(c, seed), false);
    EXPECT_LT(distance(backward_in_time(c, "sltt", seed), expected), 1e-10) << seed;
    from_ottt += distance(backward_in_time(c, "ottt", seed), expected) > 1e-3;
  }
  EXPECT_GT(from_ottt, 30u);
}

/// Derivatives of all states with respect to one parameter, carried forward (real-time recurrent learning), and set
/// to 0 at the beginning of every window.
double carried_forward(const Case& c, const Tape<double>& tape, std::size_t parameter, std::size_t window) {
  const Network& network = c.network;
  const Matrix& target = std::get<LinearLoss>(c.loss).coefficients;
  std::array<std::vector<double>, 4> du, dI, dS;
  for (std::size_t p = 0; p < 4; ++p) {
    du[p].assign(sizes[p], 0.0);
    dI[p] = dS[p] = du[p];
  }
  double derivative = 0.0;
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t p = 1; p < 4 && t % window == 0; ++p) {
      std::fill(du[p].begin(), du[p].end(), 0.0);
      std::fill(dI[p].begin(), dI[p].end(), 0.0);
    }
    for (std::size_t o = 0; o < sizes[3]; ++o) derivative += target[t][o] * du[3][o];
    for (const std::size_t p : {1, 2})
      for (std::size_t i = 0; i < sizes[p]; ++i)
        dS[p][i] = slope_at(tape.excess[t][network.layout(p).unit_offset + i]) * du[p][i];
    std::array<std::vector<double>, 4> drive;
    for (std::size_t p = 0; p < 4; ++p) drive[p].assign(sizes[p], 0.0);
    for (std::size_t k = 0; k < network.connections().size(); ++k) {
      const Connection& connection = network.connections()[k];
      const Matrix w = c.weights(k);
      for (std::size_t i = 0; i < sizes[connection.to]; ++i)
        for (std::size_t j = 0; j < sizes[connection.from]; ++j) {
          drive[connection.to][i] += w[i][j] * dS[connection.from][j];
          if (network.blocks()[k].offset + i * sizes[connection.from] + j == parameter)
            drive[connection.to][i] += tape.output[t][network.layout(connection.from).unit_offset + j];
        }
    }
    for (std::size_t p = 1; p < 4; ++p) {
      const Filter f = filter_of(network, p);
      for (std::size_t i = 0; i < sizes[p]; ++i) {
        const double spike = p == 3 ? 0.0 : tape.output[t][network.layout(p).unit_offset + i];
        const double* state = &tape.state[t][network.layout(p).state_offset + 2 * i];
        const double both = f.mem * state[0] + f.gain() * state[1];
        du[p][i] = (f.mem * du[p][i] + f.gain() * dI[p][i]) * (1.0 - spike);
        if (c.reset && p < 3) du[p][i] -= both * dS[p][i];
        dI[p][i] = f.syn * dI[p][i] + drive[p][i];
      }
    }
  }
  return derivative;
}

TEST(Truncated, IsRealTimeRecurrentLearningThatForgetsAtTheCuts) {
  std::size_t apart = 0;
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    const Case c = make_case(seed, seed % 2 == 1, seed % 3 == 1);
    const Tape<double> tape = tape_of(c, seed);
    const std::size_t window = std::array<std::size_t, 4>{7, 13, steps, 100}[seed % 4];
    std::vector<double> expected;
    for (std::size_t k = 0; k < c.parameters.size(); ++k)
      expected.push_back(carried_forward(c, tape, k, window));
    EstimatorSettings settings;
    settings.window = window;
    EXPECT_LT(distance(backward_in_time(c, "truncated", seed, settings), expected), 1e-10) << seed;
    const double to_surrogate = distance(backward_in_time(c, "surrogate", seed), expected);
    if (window < steps)
      apart += to_surrogate > 1e-3;
    else
      EXPECT_LT(to_surrogate, 1e-10) << "a window as long as the trial cuts nothing";
  }
  EXPECT_EQ(apart, 12u);
}

}  // namespace
}  // namespace spikegrad::truncation_test
