// SPDX-License-Identifier: Apache-2.0
// Adjoints of the unit models against dual numbers through the same step, for every model and reset.
#include "spikegrad/neuron/unit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "spikegrad/core/dual.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad {
namespace {

/// A new model is one entry.
const std::vector<Unit> cases = {
    InputUnit{},
    Binary{{}, 0.7},
    Lif{{}, 8e-3, 3e-3, 0.9, Reset::multiplicative},
    Lif{{}, 8e-3, 3e-3, 0.9, Reset::multiplicative_leak},
    Lif{{}, 8e-3, 3e-3, 0.9, Reset::subtractive},
    Lif{{}, 8e-3, 3e-3, 0.9, Reset::none},
    Readout{{}, 8e-3, 3e-3},
};

/// For random states, drives and spikes, and a random adjoint a of the outcome: adjoint of input j = a · J
/// e_j, the right side by dual numbers. What is wrong; empty if nothing is.
template <class U>
std::string check(U unit) {
  testing::Dice dice(5);
  unit.set_time_step(1e-3);
  const auto far = [](double a, double b) { return !(std::abs(a - b) <= 1e-14 * (1.0 + std::abs(b))); };
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::vector<double> state(unit.state_size), adj(unit.state_size);
    for (double& s : state) s = dice.normal();
    for (double& a : adj) a = dice.normal();

    if (!state.empty()) {
      const double adj_x = dice.normal();
      std::vector<double> adj_state = adj;
      unit.excess_adjoint(adj_x, adj_state.data());
      for (std::size_t j = 0; j < state.size(); ++j) {
        std::vector<Dual<>> dual(state.begin(), state.end());
        dual[j].derivative = 1.0;
        if (far(adj_state[j], adj[j] + adj_x * unit.excess(dual.data()).derivative)) return "excess_adjoint";
      }
    }

    if constexpr (U::timing == DriveTiming::next_step) {
      const double drive = dice.normal();
      const double spike = repeat % 3 == 0 ? 0.0 : repeat % 3 == 1 ? 1.0 : dice.real(0.0, 1.0);
      const std::size_t inputs = state.size() + 2;  // the states, the drive, the spike
      std::vector<double> backward = adj;
      double adj_drive = 0.0, adj_spike = 0.0;
      unit.advance_adjoint(state.data(), spike, backward.data(), adj_drive, adj_spike);
      backward.push_back(adj_drive);
      backward.push_back(adj_spike);
      for (std::size_t j = 0; j < inputs; ++j) {
        std::vector<Dual<>> dual(state.begin(), state.end());
        dual.emplace_back(drive);
        dual.emplace_back(spike);
        dual[j].derivative = 1.0;
        unit.advance(dual.data(), Dual<>(dual[state.size()]), Dual<>(dual[state.size() + 1]));
        double expected = 0.0;
        for (std::size_t s = 0; s < state.size(); ++s) expected += adj[s] * dual[s].derivative;
        if (far(backward[j], expected)) return "advance_adjoint, input " + std::to_string(j);
      }
    }
  }
  return "";
}

TEST(Unit, AdjointsOfEveryModelAgreeWithDualNumbers) {
  std::set<std::size_t> members;
  for (const Unit& unit : cases) {
    members.insert(unit.index());
    std::visit([](const auto& u) { EXPECT_EQ(check(u), "") << u.kind; }, unit);
  }
  EXPECT_EQ(members.size(), std::variant_size_v<Unit>) << "a model without an entry in `cases`";
}

struct ForgetsReset : Lif {
  void advance_adjoint(const double* state, double spike, double* adj_state, double& adj_drive,
                       double& adj_spike) const {
    Lif::advance_adjoint(state, spike, adj_state, adj_drive, adj_spike);
    adj_spike = 0.0;
  }
};
struct WrongDecay : Readout {
  void advance_adjoint(const double* state, double spike, double* adj_state, double& adj_drive,
                       double& adj_spike) const {
    Readout::advance_adjoint(state, spike, adj_state, adj_drive, adj_spike);
    adj_state[1] *= 1.0001;
  }
};
struct WrongSign : Binary {
  void excess_adjoint(double adj_x, double* adj_state) const { adj_state[0] -= adj_x; }
};

TEST(Unit, CheckerRejectsPlantedErrors) {
  EXPECT_NE(check(ForgetsReset{}), "");
  EXPECT_NE(check(WrongDecay{}), "");
  EXPECT_NE(check(WrongSign{}), "");
}

// One spike of weight 1 at step 0 and no reset: I[k] = λ_s^(k-1), and u is its convolution with the membrane,
//   u[k] = (1-λ_m) Σ_{j=1}^{k-1} λ_m^(k-1-j) λ_s^(j-1) = (1-λ_m)(λ_m^(k-1) - λ_s^(k-1))/(λ_m - λ_s).
TEST(Lif, ResponseToOneSpikeIsTheDifferenceOfTwoExponentials) {
  Lif unit{{}, 8e-3, 3e-3, 1.0, Reset::none};
  unit.set_time_step(1e-3);
  Readout readout{{}, 8e-3, 3e-3};
  readout.set_time_step(1e-3);
  const double m = std::exp(-1.0 / 8), s = std::exp(-1.0 / 3);
  double state[2] = {0.0, 0.0}, state_readout[2] = {0.0, 0.0};
  for (int k = 1; k < 30; ++k) {
    unit.advance(state, k == 1 ? 1.0 : 0.0, 0.0);
    readout.advance(state_readout, k == 1 ? 1.0 : 0.0, 0.0);
    const double expected = (1 - m) * (std::pow(m, k - 1) - std::pow(s, k - 1)) / (m - s);
    EXPECT_NEAR(state[0], expected, 1e-15);
    EXPECT_EQ(state[0], state_readout[0]);
  }
}

// THEORY section 1: what is left of u = 2, I = 3 after a spike.
TEST(Lif, Resets) {
  const auto after_spike = [](Reset reset) {
    Lif unit{{}, 8e-3, 3e-3, 1.5, reset};
    unit.set_time_step(1e-3);
    double state[2] = {2.0, 3.0};
    unit.advance(state, 0.25, 1.0);
    EXPECT_DOUBLE_EQ(state[1], 3.0 * std::exp(-1.0 / 3) + 0.25);
    return state[0];
  };
  const double m = std::exp(-1.0 / 8), leak = 2.0 * m, in = 3.0 * (1 - m);
  EXPECT_DOUBLE_EQ(after_spike(Reset::multiplicative), 0.0);
  EXPECT_DOUBLE_EQ(after_spike(Reset::multiplicative_leak), in);
  EXPECT_DOUBLE_EQ(after_spike(Reset::subtractive), leak + in - 1.5);
  EXPECT_DOUBLE_EQ(after_spike(Reset::none), leak + in);
}

}  // namespace
}  // namespace spikegrad
