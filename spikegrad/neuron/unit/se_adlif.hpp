// SPDX-License-Identifier: Apache-2.0
// Adaptive LIF unit in the symplectic discretisation (SE-adLIF): M. Baronig, R. Ferrand, S. Sabathiel & R.
// Legenstein, "Advancing spatio-temporal processing through adaptation in spiking neural networks", Nature
// Communications 16 (2025). State (û, w), both 0 at first:
//
//   x[t]   = û[t] - θ
//   u[t]   = û[t] (1 - S[t])
//   w[t+1] = β w[t] + (1-β) q (a u[t] + b S[t]),   β = exp(-dt/τ_w)
//   û[t+1] = α u[t] + (1-α) (D[t] - w[t+1]),       α = exp(-dt/τ_m)
//
// w is a current that the potential (a) and the spikes (b) of the unit bring about and that counters them: the
// unit resonates. Symplectic: û takes the new w, where forward Euler takes the old one, so that the
// oscillation does not gain energy from the discretisation. There is no synaptic filter. The paper counts û of
// our step t + 1 as that of t, so that inputs from other populations act one step earlier there; spikes on the
// unit's own population act alike.
//
// S acts on w like a synapse, and always passes signals back; the reset does where it is differentiated.
#if !defined(SPIKEGRAD_SE_ADLIF_UNIT) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_SE_ADLIF_UNIT
#define SPIKEGRAD_SE_ADLIF_UNIT

#include <array>
#include <cstddef>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"
#include "spikegrad/neuron/unit/kind.hpp"

namespace spikegrad {

struct SeAdlif : UnitDefaults {
  static constexpr std::string_view kind = "se-adlif";
  static constexpr std::string_view summary =
      "adaptive LIF that resonates, symplectic Euler, no synaptic filter";
  static constexpr std::size_t state_size = 2;  // û, w
  static constexpr std::size_t driven = 0;      // û
  static constexpr bool filters_drive = true;
  static constexpr bool resets = true;
  static constexpr UnitOutput output = UnitOutput::spike;
  static constexpr DriveTiming timing = DriveTiming::next_step;
  static constexpr std::array<std::string_view, 2> time_constants = {"tau_mem", "tau_adaptation"};
  static constexpr std::array<Gain, 3> gains = {Gain{"a", 0.0, 1.0}, Gain{"b", 0.0, 2.0}, threshold_gain};

  double tau_mem = 15e-3;
  double tau_adaptation = 60e-3;
  double threshold = 1.0;
  double a = 0.5;
  double b = 1.0;
  double q = 120.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("tau_mem", self.tau_mem, Range::positive, "membrane time constant, s");
    visit("tau_adaptation", self.tau_adaptation, Range::positive, "time constant of the adaptation, s");
    visit("threshold", self.threshold, Range::any, "theta");
    visit("a", self.a, Range::any, "adaptation to the potential");
    visit("b", self.b, Range::any, "adaptation to each spike");
    visit("q", self.q, Range::any, "strength of both adaptations");
  }

  std::array<double, 2> taus() const { return {tau_mem, tau_adaptation}; }
  std::array<double, 3> gain_values() const { return {a, b, threshold}; }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X, class L>
SPIKEGRAD_INLINE X excess(const SeAdlif&, const X* state, const L* decay) {
  return state[0] - X(decay[4]);
}
template <class X>
SPIKEGRAD_INLINE void excess_adjoint(const SeAdlif&, const X& adj_x, X* adj_state) {
  adj_state[0] = adj_state[0] + adj_x;
}

/// What w is drawn to: q (a u + b S).
template <class X, class L>
SPIKEGRAD_INLINE X adaptation_target(const SeAdlif& unit, const L* decay, const X& u, const X& spike) {
  return unit.q * (decay[2] * u + decay[3] * spike);
}

/// decay: α, β, a, b, θ.
template <class X, class L>
SPIKEGRAD_INLINE void advance(const SeAdlif& unit, X* state, const L* decay, const X& spike,
                              const X& reset_spike) {
  const X u = neg_mul_add(state[0], reset_spike, state[0]);
  state[1] = mul_add(complement(decay[1]), adaptation_target(unit, decay, u, spike), decay[1] * state[1]);
  state[0] = neg_mul_add(complement(decay[0]), state[1], decay[0] * u);
}
template <class X, class L>
SPIKEGRAD_INLINE StepAdjoint<X> advance_adjoint(const SeAdlif& unit, const X* state, const L* decay,
                                                const X& spike, X* adj_state) {
  const X u = neg_mul_add(state[0], spike, state[0]), target = adaptation_target(unit, decay, u, spike);
  const X w = mul_add(complement(decay[1]), target, decay[1] * state[1]);
  const X adj_next = adj_state[0], adj_w = neg_mul_add(complement(decay[0]), adj_next, adj_state[1]);
  const X adj_target = complement(decay[1]) * adj_w, adj_sum = unit.q * adj_target;
  const X adj_u = decay[2] * adj_sum + decay[0] * adj_next;
  adj_state[0] = neg_mul_add(adj_u, spike, adj_u);
  adj_state[1] = decay[1] * adj_w;
  return {decay[3] * adj_sum,
          -(adj_u * state[0]),
          {adj_next * (u + w), adj_w * (state[1] - target), adj_sum * u, adj_sum * spike}};
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
