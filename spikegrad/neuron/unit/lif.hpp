// SPDX-License-Identifier: Apache-2.0
// Current-based leaky integrate-and-fire unit (docs/derivations.md, section 1), state (u, I), all 0 at first:
//
//   I[t+1] = λ_s I[t] + D[t],                      λ_s = exp(-dt/τ_s)
//   u[t+1] = reset(λ_m u[t], (1-λ_m) I[t], S[t]),  λ_m = exp(-dt/τ_m)
//
// with D the drive (weighted spikes and bias), S the unit's own spike, read from the state at the start of
// the step.
#if !defined(SPIKEGRAD_LIF_UNIT) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_LIF_UNIT
#define SPIKEGRAD_LIF_UNIT

#include <array>
#include <cstddef>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"
#include "spikegrad/neuron/unit/kind.hpp"

namespace spikegrad {

struct Lif : UnitDefaults {
  static constexpr std::string_view kind = "lif";
  static constexpr std::string_view summary = "current-based leaky integrate-and-fire";
  static constexpr std::size_t state_size = 2;  // u, I
  static constexpr std::size_t driven = 1;      // I
  static constexpr bool resets = true;
  static constexpr UnitOutput output = UnitOutput::spike;
  static constexpr DriveTiming timing = DriveTiming::next_step;
  static constexpr std::array<std::string_view, 2> time_constants = {"tau_mem", "tau_syn"};
  static constexpr std::array<Gain, 1> gains = {threshold_gain};

  double tau_mem = 10e-3;
  double tau_syn = 5e-3;
  double threshold = 1.0;
  Reset reset = Reset::multiplicative;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("tau_mem", self.tau_mem, Range::positive, "membrane time constant, s");
    visit("tau_syn", self.tau_syn, Range::positive, "synaptic time constant, s");
    visit("threshold", self.threshold, Range::any, "theta");
    visit("reset", self.reset, Range::any,
          "multiplicative | multiplicative-leak | subtractive | subtractive-leak | none");
  }

  std::array<double, 2> taus() const { return {tau_mem, tau_syn}; }
  std::array<double, 1> gain_values() const { return {threshold}; }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// decay: λ_m, λ_s, θ, here as below.
template <class X, class L>
SPIKEGRAD_INLINE X excess(const Lif&, const X* state, const L* decay) {
  return state[0] - X(decay[2]);
}
template <class X>
SPIKEGRAD_INLINE void excess_adjoint(const Lif&, const X& adj_x, X* adj_state) {
  adj_state[0] = adj_state[0] + adj_x;
}

/// The potential that a unit without spike has next: λ_m u + (1-λ_m) I.
template <class X, class L>
SPIKEGRAD_INLINE X integrated(const X* state, const L* decay) {
  return decay[0] * state[0] + complement(decay[0]) * state[1];
}

/// The step of a unit with threshold θ, of which decay[0] and decay[1] are λ_m and λ_s.
template <class X, class L>
SPIKEGRAD_INLINE void advance_lif(const Lif& unit, X* state, const L* decay, const X& theta,
                                  const X& reset_spike) {
  const X leak = decay[0] * state[0], gain = complement(decay[0]) * state[1], both = leak + gain;
  switch (unit.reset) {
    case Reset::multiplicative:
      state[0] = neg_mul_add(both, reset_spike, both);
      break;
    case Reset::multiplicative_leak:
      state[0] = neg_mul_add(leak, reset_spike, leak) + gain;
      break;
    case Reset::subtractive:
      state[0] = neg_mul_add(theta, reset_spike, both);
      break;
    case Reset::subtractive_leak:
      state[0] = neg_mul_add(decay[0] * theta, reset_spike, both);
      break;
    case Reset::none:
      state[0] = both;
      break;
  }
  state[1] = decay[1] * state[1];
}
template <class X, class L>
SPIKEGRAD_INLINE void advance(const Lif& unit, X* state, const L* decay, const X&, const X& reset_spike) {
  advance_lif(unit, state, decay, X(decay[2]), reset_spike);
}

/// Adjoint of the spike as the reset sees it: what a whole spike takes away, times -adj_u. `integrated` is
/// what the function of that name gives; only a reset that takes all of it looks at it.
template <class X, class L>
SPIKEGRAD_INLINE X reset_adjoint(const Lif& unit, const X& u, const L& leak, const X& theta,
                                 const X& integrated, const X& adj_u) {
  switch (unit.reset) {
    case Reset::multiplicative:
      return -(adj_u * integrated);
    case Reset::multiplicative_leak:
      return -(adj_u * (leak * u));
    case Reset::subtractive:
      return -(adj_u * theta);
    case Reset::subtractive_leak:
      return -(adj_u * (leak * theta));
    case Reset::none:
      break;
  }
  return X(0.0);
}

/// Adjoint of what a reset takes off, θ S or λ_m θ S, to θ.
template <class X, class L>
SPIKEGRAD_INLINE X reset_theta_adjoint(const Lif& unit, const L& leak, const X& spike, const X& adj_u) {
  if (unit.reset == Reset::subtractive) return -(adj_u * spike);
  if (unit.reset == Reset::subtractive_leak) return -(adj_u * (leak * spike));
  return X(0.0);
}

/// Adjoint of advance_lif; the adjoint of θ is not among those it gives.
template <class X, class L>
SPIKEGRAD_INLINE StepAdjoint<X> advance_lif_adjoint(const Lif& unit, const X* state, const L* decay,
                                                    const X& theta, const X& spike, X* adj_state) {
  const X u = state[0], current = state[1], adj_u = adj_state[0], adj_current = adj_state[1];
  // What the reset lets through to λ_m u and to (1-λ_m) I.
  const bool stops_gain = unit.reset == Reset::multiplicative;
  const bool stops_leak = stops_gain || unit.reset == Reset::multiplicative_leak;
  const X stopped = neg_mul_add(adj_u, spike, adj_u);
  const X to_leak = stops_leak ? stopped : adj_u, to_gain = stops_gain ? stopped : adj_u;
  adj_state[0] = decay[0] * to_leak;
  adj_state[1] = mul_add(complement(decay[0]), to_gain, decay[1] * adj_current);
  // What λ_m multiplies: the potential, less what a reset takes off before the leak.
  const X leaks = unit.reset == Reset::subtractive_leak ? neg_mul_add(theta, spike, u) : u;
  return {X(0.0),
          reset_adjoint(unit, u, decay[0], theta, integrated(state, decay), adj_u),
          {to_leak * leaks - to_gain * current, adj_current * current}};
}
template <class X, class L>
SPIKEGRAD_INLINE StepAdjoint<X> advance_adjoint(const Lif& unit, const X* state, const L* decay,
                                                const X& spike, X* adj_state) {
  const X adj_u = adj_state[0];
  StepAdjoint<X> adj = advance_lif_adjoint(unit, state, decay, X(decay[2]), spike, adj_state);
  adj.decay[2] = reset_theta_adjoint(unit, decay[0], spike, adj_u);
  return adj;
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
