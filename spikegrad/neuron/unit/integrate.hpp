// SPDX-License-Identifier: Apache-2.0
// Integrate-and-fire unit without leak and without synaptic filter: u[t+1] = v + D[t], v what the reset leaves of u[t]
// (neuron/unit/leaky.hpp; without a leak, both subtractive resets are the same). u is 0 at first.
#if !defined(SPIKEGRAD_INTEGRATE_UNIT) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_INTEGRATE_UNIT
#define SPIKEGRAD_INTEGRATE_UNIT

#include "spikegrad/neuron/unit/leaky.hpp"

namespace spikegrad {

struct Integrate : UnitDefaults {
  static constexpr std::string_view kind = "integrate";
  static constexpr std::string_view summary = "integrate-and-fire without leak and synaptic filter";
  static constexpr std::size_t state_size = 1;  // u
  static constexpr std::size_t driven = 0;
  static constexpr bool resets = true;
  static constexpr UnitOutput output = UnitOutput::spike;
  static constexpr DriveTiming timing = DriveTiming::next_step;
  static constexpr std::array<Gain, 1> gains = {threshold_gain};

  double threshold = 1.0;
  double v_reset = 0.0;
  PlainReset after_spike = PlainReset::multiplicative;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("threshold", self.threshold, Range::any, "theta");
    visit("v_reset", self.v_reset, Range::any, "where a multiplicative reset leads");
    visit("reset", self.after_spike, Range::any, "multiplicative | subtractive-leak | subtractive | none");
  }

  std::array<double, 1> gain_values() const { return {threshold}; }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X, class L>
SPIKEGRAD_INLINE X excess(const Integrate&, const X* state, const L* decay) {
  return state[0] - X(decay[0]);
}
template <class X>
SPIKEGRAD_INLINE void excess_adjoint(const Integrate&, const X& adj_x, X* adj_state) {
  adj_state[0] = adj_state[0] + adj_x;
}

/// decay: θ.
template <class X, class L>
SPIKEGRAD_INLINE void advance(const Integrate& unit, X* state, const L* decay, const X&,
                              const X& reset_spike) {
  const X theta(decay[0]);
  state[0] = left_by_reset(unit, theta, state[0], reset_spike);
  if (unit.after_spike == PlainReset::subtractive) state[0] = neg_mul_add(theta, reset_spike, state[0]);
}
template <class X, class L>
SPIKEGRAD_INLINE StepAdjoint<X> advance_adjoint(const Integrate& unit, const X* state, const L* decay,
                                                const X& spike, X* adj_state) {
  const X theta(decay[0]), adj = adj_state[0];
  X adj_reset = adj * reset_slope(unit, theta, state[0]);
  if (unit.after_spike == PlainReset::subtractive) adj_reset = -(adj * theta);
  adj_state[0] = adj * reset_factor(unit, spike);
  return {X(0.0), adj_reset, {theta_adjoint(unit, adj, adj, spike)}};
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
