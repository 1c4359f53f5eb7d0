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
#include "tests/support/neuron_cases.hpp"

namespace spikegrad {
namespace {

/// A unit's adjoints as its own, so that one with an error planted can stand in.
template <class U>
struct UnitEquations : U {
  const U& unit() const { return *this; }
  void excess_adjoint(double adj_x, double* adj_state) const {
    equations::excess_adjoint(unit(), adj_x, adj_state);
  }
  StepAdjoint<double> advance_adjoint(const double* state, const double* decay, double spike,
                                      double* adj_state) const {
    return equations::advance_adjoint(unit(), state, decay, spike, adj_state);
  }
};

/// For random states, decays, drives and spikes, and a random adjoint a of the outcome: adjoint of input j =
/// a · J e_j, the right side by dual numbers. What is wrong; empty if nothing is.
template <class E>
std::string check(const E& unit) {
  testing::Dice dice(5);
  const auto far = [](double a, double b) { return !(std::abs(a - b) <= 1e-14 * (1.0 + std::abs(b))); };
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::vector<double> state(unit.state_size), adj(unit.state_size);
    for (double& s : state) s = dice.normal();
    for (double& a : adj) a = dice.normal();

    std::vector<double> decays(filter_size<E>);
    if constexpr (E::state_size > 0) {
      const double adj_x = dice.normal();
      for (double& decay : decays) decay = dice.real(0.0, 1.0);
      std::vector<double> adj_state = adj;
      unit.excess_adjoint(adj_x, adj_state.data());
      for (std::size_t j = 0; j < state.size(); ++j) {
        std::vector<Dual<>> dual(state.begin(), state.end());
        dual[j].derivative = 1.0;
        if (far(adj_state[j],
                adj[j] + adj_x * equations::excess(unit.unit(), dual.data(), decays.data()).derivative))
          return "excess_adjoint";
      }
      // The threshold is all that x takes of the filter, as the engines have it.
      const std::vector<Dual<>> constant(state.begin(), state.end());
      for (std::size_t k = 0; k < decays.size(); ++k) {
        std::vector<Dual<>> dual(decays.begin(), decays.end());
        dual[k].derivative = 1.0;
        const bool is_threshold = learns_threshold<E>() && k == threshold_place<E>;
        if (equations::excess(unit.unit(), constant.data(), dual.data()).derivative !=
            (is_threshold ? -1.0 : 0.0))
          return "excess of filter number " + std::to_string(k);
      }
    }

    if constexpr (E::timing == DriveTiming::next_step) {
      const double drive = dice.normal(), spike = dice.chance(0.3) ? 1.0 : dice.real(0.0, 1.0);
      for (double& decay : decays) decay = dice.real(0.0, 1.0);
      std::vector<double> backward = adj;
      StepAdjoint<double> step = unit.advance_adjoint(state.data(), decays.data(), spike, backward.data());
      const double adj_drive = equations::drive_gain<E>(decays.data()) * adj[E::driven];
      if (E::filters_drive) step.decay[0] -= adj[E::driven] * drive;  // dgain/dλ = -1
      backward.insert(backward.end(), {adj_drive, step.spike, step.reset});
      backward.insert(backward.end(), step.decay.begin(), step.decay.begin() + decays.size());
      for (std::size_t j = 0; j < backward.size(); ++j) {
        std::vector<Dual<>> dual(state.begin(), state.end());
        dual.insert(dual.end(), {Dual<>(drive), Dual<>(spike), Dual<>(spike)});
        dual.insert(dual.end(), decays.begin(), decays.end());
        dual[j].derivative = 1.0;
        const Dual<>* input = &dual[state.size()];
        equations::advance(unit.unit(), dual.data(), input + 3, input[0], input[1], input[2]);
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
  for (const Unit& unit : testing::unit_cases) {
    members.insert(unit.index());
    std::visit([]<class U>(const U& u) { EXPECT_EQ(check(UnitEquations<U>{u}), "") << u.kind; }, unit);
  }
  EXPECT_EQ(members.size(), std::variant_size_v<Unit>) << "a model without an entry in `unit_cases`";
}

void forget_reset(StepAdjoint<double>& adj, double*) {
  adj.reset = 0.0;
}
void forget_adaptation(StepAdjoint<double>& adj, double*) {
  adj.spike = 0.0;
}
void wrong_tau(StepAdjoint<double>& adj, double*) {
  adj.decay[1] *= 1.0001;
}
void wrong_gain(StepAdjoint<double>& adj, double*) {
  adj.decay[3] *= 1.0001;
}
void wrong_threshold(StepAdjoint<double>& adj, double*) {
  adj.decay[1] *= 1.0001;
}
void wrong_state(StepAdjoint<double>&, double* adj_state) {
  adj_state[1] *= 1.0001;
}

/// `U` whose step's adjoint is changed by `wrong`.
template <class U, void (*wrong)(StepAdjoint<double>&, double*)>
struct Altered : UnitEquations<U> {
  StepAdjoint<double> advance_adjoint(const double* state, const double* decay, double spike,
                                      double* adj_state) const {
    StepAdjoint<double> adj = UnitEquations<U>::advance_adjoint(state, decay, spike, adj_state);
    wrong(adj, adj_state);
    return adj;
  }
};
struct WrongSign : UnitEquations<Binary> {
  void excess_adjoint(double adj_x, double* adj_state) const { adj_state[0] -= adj_x; }
};

TEST(Unit, CheckerRejectsPlantedErrors) {
  EXPECT_NE(check(Altered<Lif, forget_reset>{}), "");
  EXPECT_NE(check(Altered<Lif, wrong_tau>{}), "");
  EXPECT_NE(check(Altered<SeAdlif, wrong_gain>{}), "");
  EXPECT_NE(check(Altered<Readout, wrong_state>{}), "");
  EXPECT_NE(check(Altered<Leaky, wrong_threshold>{{{{}, 8e-3, 0.4, 0.0, PlainReset::subtractive}}}), "");
  EXPECT_NE(check(Altered<Alif, forget_adaptation>{}), "");
  EXPECT_NE(check(WrongSign{}), "");
}

// One spike of weight 1 at step 0 and no reset: I[k] = λ_s^(k-1), and u is its convolution with the membrane,
//   u[k] = (1-λ_m) Σ_{j=1}^{k-1} λ_m^(k-1-j) λ_s^(j-1) = (1-λ_m)(λ_m^(k-1) - λ_s^(k-1))/(λ_m - λ_s).
TEST(Lif, ResponseToOneSpikeIsTheDifferenceOfTwoExponentials) {
  const Lif unit{{}, 8e-3, 3e-3, 1.0, Reset::none};
  const Readout readout{{}, 8e-3, 3e-3};
  const auto decays = decays_of(unit, 1e-3);
  const double m = std::exp(-1.0 / 8), s = std::exp(-1.0 / 3);
  double state[2] = {0.0, 0.0}, state_readout[2] = {0.0, 0.0};
  for (int k = 1; k < 30; ++k) {
    equations::advance(unit, state, decays.data(), k == 1 ? 1.0 : 0.0, 0.0, 0.0);
    equations::advance(readout, state_readout, decays.data(), k == 1 ? 1.0 : 0.0, 0.0, 0.0);
    const double expected = (1 - m) * (std::pow(m, k - 1) - std::pow(s, k - 1)) / (m - s);
    EXPECT_NEAR(state[0], expected, 1e-15);
    EXPECT_EQ(state[0], state_readout[0]);
  }
}

// docs/derivations.md, section 1: what is left of u = 2, I = 3 after a spike.
TEST(Lif, Resets) {
  const auto after_spike = [](Reset reset) {
    const Lif unit{{}, 8e-3, 3e-3, 1.5, reset};
    double state[2] = {2.0, 3.0};
    equations::advance(unit, state, decays_of(unit, 1e-3).data(), 0.25, 1.0, 1.0);
    EXPECT_DOUBLE_EQ(state[1], 3.0 * std::exp(-1.0 / 3) + 0.25);
    return state[0];
  };
  const double m = std::exp(-1.0 / 8), leak = 2.0 * m, in = 3.0 * (1 - m);
  EXPECT_DOUBLE_EQ(after_spike(Reset::multiplicative), 0.0);
  EXPECT_DOUBLE_EQ(after_spike(Reset::multiplicative_leak), in);
  EXPECT_DOUBLE_EQ(after_spike(Reset::subtractive), leak + in - 1.5);
  EXPECT_DOUBLE_EQ(after_spike(Reset::subtractive_leak), (2.0 - 1.5) * m + in);
  EXPECT_DOUBLE_EQ(after_spike(Reset::none), leak + in);
}

// Spikes at steps 0 and 3: a is the sum of two decaying exponentials of height 1-ρ, and x lies β a below that
// of the LIF unit. Spiking all the time raises the threshold by β.
TEST(Alif, ThresholdFollowsItsOwnSpikes) {
  const Alif unit{{{}, 8e-3, 3e-3, 1.0, Reset::none}, 20e-3, 0.5};
  const auto decays = decays_of(unit, 1e-3);
  const double rho = std::exp(-1.0 / 20);
  double state[3] = {0.0, 0.0, 0.0};
  for (int t = 0; t < 40; ++t) {
    const double expected =
        (t > 0 ? (1 - rho) * std::pow(rho, t - 1) : 0.0) + (t > 3 ? (1 - rho) * std::pow(rho, t - 4) : 0.0);
    EXPECT_NEAR(state[2], expected, 1e-15);
    EXPECT_NEAR(equations::excess(unit, state, decays.data()), state[0] - 1.0 - 0.5 * expected, 1e-15);
    equations::advance(unit, state, decays.data(), 0.3, t == 0 || t == 3 ? 1.0 : 0.0, 0.0);
  }
  for (int t = 0; t < 1000; ++t) equations::advance(unit, state, decays.data(), 0.0, 1.0, 1.0);
  EXPECT_NEAR(equations::excess(unit, state, decays.data()), state[0] - 1.5, 1e-12);
}

// The equations of the paper in its own order: û[t] = α u[t-1] + (1-α)(D - w[t-1]), z, u = û (1 - z),
// w[t] = β w[t-1] + (1-β) q (a u + b z). Its û of step t is ours of step t + 1.
// Forward Euler: the potential of a step takes the adaptation of the step before (Bittar & Garner 2022).
TEST(Adlif, TakesTheOldAdaptation) {
  const Adlif unit{{{}, 5e-3, 12e-3, 0.6, 0.4, 0.7, 3.0}};
  const auto decays = decays_of(unit, 1e-3);
  const double alpha = std::exp(-1.0 / 5), beta = std::exp(-1.0 / 12);
  testing::Dice dice(3);
  double state[2] = {0.0, 0.0}, u = 0.0, w = 0.0, old = 0.0;
  std::size_t spikes = 0;
  for (int t = 0; t < 200; ++t) {
    const double drive = dice.real(-0.5, 2.0),
                 spike = equations::excess(unit, state, decays.data()) > 0.0 ? 1.0 : 0.0;
    equations::advance(unit, state, decays.data(), drive, spike, spike);
    const double u_hat = alpha * u + (1 - alpha) * (drive - old);
    ASSERT_NEAR(state[0], u_hat, 1e-12) << t;
    old = w;
    const double z = u_hat > 0.6 ? 1.0 : 0.0;
    u = u_hat * (1 - z);
    w = beta * w + (1 - beta) * 3.0 * (0.4 * u + 0.7 * z);
    spikes += z > 0.0;
  }
  EXPECT_GT(spikes, 5u);
  EXPECT_LT(spikes, 190u);
}

// A constant drive of 2 from u = 0 on, θ = 1.1, λ = 1/2: u goes to 1, 3/2 (a spike), then by the reset.
TEST(Leaky, ResetsAsItSays) {
  const double half = 1e-3 / std::log(2.0);
  const auto after_spike = [&](PlainReset reset, double v_reset) {
    const Leaky unit{{}, half, 1.1, v_reset, reset};
    const auto decays = decays_of(unit, 1e-3);
    double u = 0.0;
    for (int t = 0; t < 3; ++t) {
      const double spike = equations::excess(unit, &u, decays.data()) > 0.0 ? 1.0 : 0.0;
      equations::advance(unit, &u, decays.data(), 2.0, spike, spike);
    }
    return u;
  };
  EXPECT_NEAR(after_spike(PlainReset::none, 0.0), 1.75, 1e-12);
  EXPECT_NEAR(after_spike(PlainReset::multiplicative, 0.0), 1.0, 1e-12);
  EXPECT_NEAR(after_spike(PlainReset::multiplicative, -0.5), 0.75, 1e-12);
  EXPECT_NEAR(after_spike(PlainReset::subtractive_leak, 0.0), 1.2, 1e-12);
  EXPECT_NEAR(after_spike(PlainReset::subtractive, 0.0), 0.65, 1e-12);
}

TEST(Integrate, AddsUpWhatComesAndLosesNothing) {
  const Integrate unit{{}, 1.0, 0.0, PlainReset::subtractive};
  const auto decays = decays_of(unit, 1e-3);
  double u = 0.0;
  std::vector<int> spikes;
  for (int t = 0; t < 12; ++t) {
    const double spike = equations::excess(unit, &u, decays.data()) > 0.0 ? 1.0 : 0.0;
    if (spike > 0.0) spikes.push_back(t);
    equations::advance(unit, &u, decays.data(), 0.375, spike, spike);
  }
  EXPECT_EQ(spikes, (std::vector{3, 6, 9, 11}));  // at 1.125, 1.25, 1.375, 1.125
  EXPECT_NEAR(u, 12 * 0.375 - 4.0, 1e-12);
}

TEST(SeAdlif, FollowsThePaper) {
  const SeAdlif unit{{}, 5e-3, 12e-3, 0.6, 0.4, 0.7, 3.0};
  const auto decays = decays_of(unit, 1e-3);
  const double alpha = std::exp(-1.0 / 5), beta = std::exp(-1.0 / 12);
  testing::Dice dice(3);
  double state[2] = {0.0, 0.0}, u = 0.0, w = 0.0;
  std::size_t spikes = 0;
  for (int t = 0; t < 200; ++t) {
    const double drive = dice.real(-0.5, 2.0);
    const double spike = equations::excess(unit, state, decays.data()) > 0.0 ? 1.0 : 0.0;
    equations::advance(unit, state, decays.data(), drive, spike, spike);
    double u_hat = alpha * u + (1 - alpha) * (drive - w);
    ASSERT_NEAR(state[0], u_hat, 1e-12) << t;
    const double z = u_hat > 0.6 ? 1.0 : 0.0;
    u = u_hat * (1 - z);
    w = beta * w + (1 - beta) * 3.0 * (0.4 * u + 0.7 * z);
    spikes += z > 0.0;
  }
  EXPECT_GT(spikes, 5u);
  EXPECT_LT(spikes, 190u);
}

}  // namespace
}  // namespace spikegrad
