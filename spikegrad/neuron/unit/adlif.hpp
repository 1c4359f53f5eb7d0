// SPDX-License-Identifier: Apache-2.0
// Adaptive LIF unit in the forward Euler discretisation (A. Bittar & P. N. Garner, Frontiers in Neuroscience 16, 2022, with
// the scale q of Baronig et al. 2025): as the SE-adLIF unit, but for the potential, which takes the old adaptation,
//
//   û[t+1] = α u[t] + (1-α) (D[t] - w[t]).
//
// Where it oscillates, the oscillation gains energy from the discretisation.
#if !defined(SPIKEGRAD_ADLIF_UNIT) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_ADLIF_UNIT
#define SPIKEGRAD_ADLIF_UNIT

#include "spikegrad/neuron/unit/se_adlif.hpp"

namespace spikegrad {

struct Adlif : SeAdlif {
  static constexpr std::string_view kind = "adlif";
  static constexpr std::string_view summary =
      "adaptive LIF that resonates, forward Euler, no synaptic filter";
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// decay: α, β, a, b.
template <class X, class L>
SPIKEGRAD_INLINE void advance(const Adlif& unit, X* state, const L* decay, const X& spike,
                              const X& reset_spike) {
  const X u = neg_mul_add(state[0], reset_spike, state[0]), w = state[1];
  state[1] = mul_add(complement(decay[1]), adaptation_target(unit, decay, u, spike), decay[1] * w);
  state[0] = neg_mul_add(complement(decay[0]), w, decay[0] * u);
}
template <class X, class L>
SPIKEGRAD_INLINE StepAdjoint<X> advance_adjoint(const Adlif& unit, const X* state, const L* decay,
                                                const X& spike, X* adj_state) {
  const X u = neg_mul_add(state[0], spike, state[0]), w = state[1];
  const X target = adaptation_target(unit, decay, u, spike);
  const X adj_next = adj_state[0], adj_w = adj_state[1];
  const X adj_sum = unit.q * (complement(decay[1]) * adj_w);
  const X adj_u = decay[2] * adj_sum + decay[0] * adj_next;
  adj_state[0] = neg_mul_add(adj_u, spike, adj_u);
  adj_state[1] = neg_mul_add(complement(decay[0]), adj_next, decay[1] * adj_w);
  return {decay[3] * adj_sum,
          -(adj_u * state[0]),
          {adj_next * (u + w), adj_w * (w - target), adj_sum * u, adj_sum * spike}};
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
