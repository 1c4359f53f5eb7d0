// SPDX-License-Identifier: Apache-2.0
// Leaky integrate-and-fire unit without a synaptic filter: a spike moves the potential at once and whole. State u, 0 at
// first:
//
//   v = u[t] less what the reset takes,   u[t+1] = λ v + (1-λ) D[t],   λ = exp(-dt/τ_m)
//
//   multiplicative     v = u + S (v_reset - u)        (SpikingJelly and sinabs with v_reset, NIR)
//   subtractive-leak   v = u - θ S                    (SpikingJelly and sinabs without: the leak takes its share)
//   subtractive        u[t+1] = λ u - θ S + …         (snnTorch: what is subtracted does not leak)
//   none               v = u
//
// Of other tools, those that do not multiply the drive by 1-λ have weights that are (1-λ) times those here.
#if !defined(SPIKEGRAD_LEAKY_UNIT) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_LEAKY_UNIT
#define SPIKEGRAD_LEAKY_UNIT

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"
#include "spikegrad/neuron/unit/kind.hpp"

namespace spikegrad {

/// After a spike of a unit without synaptic filter.
enum class PlainReset : std::uint8_t { multiplicative, subtractive_leak, subtractive, none };
constexpr std::array<std::string_view, 4> names_of(PlainReset) {
  return {"multiplicative", "subtractive-leak", "subtractive", "none"};
}

struct Leaky : UnitDefaults {
  static constexpr std::string_view kind = "leaky";
  static constexpr std::string_view summary = "leaky integrate-and-fire without synaptic filter";
  static constexpr std::size_t state_size = 1;  // u
  static constexpr std::size_t driven = 0;
  static constexpr bool filters_drive = true;
  static constexpr bool resets = true;
  static constexpr UnitOutput output = UnitOutput::spike;
  static constexpr DriveTiming timing = DriveTiming::next_step;
  static constexpr std::array<std::string_view, 1> time_constants = {"tau_mem"};
  static constexpr std::array<Gain, 1> gains = {threshold_gain};

  double tau_mem = 10e-3;
  double threshold = 1.0;
  double v_reset = 0.0;
  PlainReset after_spike = PlainReset::multiplicative;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("tau_mem", self.tau_mem, Range::positive, "membrane time constant, s");
    visit("threshold", self.threshold, Range::any, "theta");
    visit("v_reset", self.v_reset, Range::any, "where a multiplicative reset leads");
    visit("reset", self.after_spike, Range::any, "multiplicative | subtractive-leak | subtractive | none");
  }

  std::array<double, 1> taus() const { return {tau_mem}; }
  std::array<double, 1> gain_values() const { return {threshold}; }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X, class L>
SPIKEGRAD_INLINE X excess(const Leaky&, const X* state, const L* decay) {
  return state[0] - X(decay[1]);
}
template <class X>
SPIKEGRAD_INLINE void excess_adjoint(const Leaky&, const X& adj_x, X* adj_state) {
  adj_state[0] = adj_state[0] + adj_x;
}

/// What is left before the leak.
template <class U, class X>
SPIKEGRAD_INLINE X left_by_reset(const U& unit, const X& theta, const X& u, const X& spike) {
  switch (unit.after_spike) {
    case PlainReset::multiplicative:
      return u + spike * (unit.v_reset - u);
    case PlainReset::subtractive_leak:
      return neg_mul_add(theta, spike, u);
    case PlainReset::subtractive:  // behind the leak
    case PlainReset::none:
      break;
  }
  return u;
}
/// The factor with which the potential before the reset passes on, and its derivative by the spike.
template <class U, class X>
SPIKEGRAD_INLINE X reset_factor(const U& unit, const X& spike) {
  return unit.after_spike == PlainReset::multiplicative ? X(1.0) - spike : X(1.0);
}
template <class U, class X>
SPIKEGRAD_INLINE X reset_slope(const U& unit, const X& theta, const X& u) {
  switch (unit.after_spike) {
    case PlainReset::multiplicative:
      return unit.v_reset - u;
    case PlainReset::subtractive_leak:
      return -theta;
    case PlainReset::subtractive:
    case PlainReset::none:
      break;
  }
  return X(0.0);
}

/// Adjoint of θ, as far as a reset takes it off: before the leak (where the adjoint is `adj_left`), or behind it.
template <class U, class X>
SPIKEGRAD_INLINE X theta_adjoint(const U& unit, const X& adj_left, const X& adj, const X& spike) {
  if (unit.after_spike == PlainReset::subtractive_leak) return -(adj_left * spike);
  return unit.after_spike == PlainReset::subtractive ? -(adj * spike) : X(0.0);
}

/// decay: λ, θ.
template <class X, class L>
SPIKEGRAD_INLINE void advance(const Leaky& unit, X* state, const L* decay, const X&, const X& reset_spike) {
  const X theta(decay[1]);
  state[0] = decay[0] * left_by_reset(unit, theta, state[0], reset_spike);
  if (unit.after_spike == PlainReset::subtractive) state[0] = neg_mul_add(theta, reset_spike, state[0]);
}
template <class X, class L>
SPIKEGRAD_INLINE StepAdjoint<X> advance_adjoint(const Leaky& unit, const X* state, const L* decay,
                                                const X& spike, X* adj_state) {
  const X theta(decay[1]), adj = adj_state[0], adj_left = decay[0] * adj;
  X adj_reset = adj_left * reset_slope(unit, theta, state[0]);
  if (unit.after_spike == PlainReset::subtractive) adj_reset = -(adj * theta);
  adj_state[0] = adj_left * reset_factor(unit, spike);
  return {X(0.0),
          adj_reset,
          {adj * left_by_reset(unit, theta, state[0], spike), theta_adjoint(unit, adj_left, adj, spike)}};
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
