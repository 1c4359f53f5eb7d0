// SPDX-License-Identifier: Apache-2.0
// LIF unit with an adaptive threshold (ALIF), state (u, I, a), all 0 at first. u and I as in lif.hpp, and
//
//   x[t]   = u[t] - (θ + β a[t])
//   a[t+1] = ρ a[t] + (1-ρ) S[t],   ρ = exp(-dt/τ_a)
//
// with a, the spike count seen through a slow filter, from 0 to 1, and β the adaptation strength: a unit that
// always spikes comes to the threshold θ + β whatever τ_a and dt are. That filter is the one of Bellec,
// Salaj, Subramoney, Legenstein & Maass, "Long short-term memory and learning-to-learn in networks of spiking
// neurons", NeurIPS 2018 (their B = b0 + β b); Bellec et al., Nature Communications 11 (2020), have ρ a + S,
// which is the same unit with β' = (1-ρ) β. As in the latter a subtractive reset takes away θ, without β a.
//
// S acts on a by a synapse of the unit onto itself, slow and of fixed weight. Like any synapse, and unlike
// the reset, it always passes signals back, so that what a spike does to much later ones is learned from.
#if !defined(SPIKEGRAD_ALIF_UNIT) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_ALIF_UNIT
#define SPIKEGRAD_ALIF_UNIT

#include <array>
#include <cstddef>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/unit/lif.hpp"

namespace spikegrad {

struct Alif : Lif {
  static constexpr std::string_view kind = "alif";
  static constexpr std::string_view summary =
      "lif with an adaptive threshold: each spike raises it for a while";
  static constexpr std::size_t state_size = 3;  // u, I, a
  static constexpr std::array<std::string_view, 3> time_constants = {"tau_mem", "tau_syn", "tau_adaptation"};

  double tau_adaptation = 200e-3;
  double adaptation = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    Lif::fields(self, visit);
    visit("tau_adaptation", self.tau_adaptation, Range::positive, "time constant of the threshold, s");
    visit("adaptation", self.adaptation, Range::any, "beta, by which constant spiking raises the threshold");
  }

  std::array<double, 3> taus() const {
    return {tau_mem, tau_syn, tau_adaptation};
  }  // its gain: that of Lif, θ
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// decay: λ_m, λ_s, ρ, θ, here as below.
template <class X, class L>
SPIKEGRAD_INLINE X excess(const Alif& unit, const X* state, const L* decay) {
  return state[0] - X(decay[3]) - unit.adaptation * state[2];
}
template <class X>
SPIKEGRAD_INLINE void excess_adjoint(const Alif& unit, const X& adj_x, X* adj_state) {
  adj_state[0] = adj_state[0] + adj_x;
  adj_state[2] = neg_mul_add(unit.adaptation, adj_x, adj_state[2]);
}
template <class X, class L>
SPIKEGRAD_INLINE void advance(const Alif& unit, X* state, const L* decay, const X& spike,
                              const X& reset_spike) {
  advance_lif(unit, state, decay, X(decay[3]), reset_spike);
  state[2] = mul_add(complement(decay[2]), spike, decay[2] * state[2]);
}
template <class X, class L>
SPIKEGRAD_INLINE StepAdjoint<X> advance_adjoint(const Alif& unit, const X* state, const L* decay,
                                                const X& spike, X* adj_state) {
  const X adj_u = adj_state[0], adj_a = adj_state[2];
  const StepAdjoint<X> adj = advance_lif_adjoint(unit, state, decay, X(decay[3]), spike, adj_state);
  adj_state[2] = decay[2] * adj_a;
  return {complement(decay[2]) * adj_a,
          adj.reset,
          {adj.decay[0], adj.decay[1], adj_a * (state[2] - spike),
           reset_theta_adjoint(unit, decay[0], spike, adj_u)}};
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
