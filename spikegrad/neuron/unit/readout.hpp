// SPDX-License-Identifier: Apache-2.0
// Leaky readout: the LIF unit without spike and reset; its output is its potential u.
#if !defined(SPIKEGRAD_READOUT_UNIT) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_READOUT_UNIT
#define SPIKEGRAD_READOUT_UNIT

#include <array>
#include <cstddef>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/unit/lif.hpp"

namespace spikegrad {

struct Readout : UnitDefaults {
  static constexpr std::string_view kind = "readout";
  static constexpr std::string_view summary = "leaky integrator, output is the potential";
  static constexpr std::size_t state_size = 2;  // u, I
  static constexpr std::size_t driven = 1;      // I
  static constexpr UnitOutput output = UnitOutput::potential;
  static constexpr DriveTiming timing = DriveTiming::next_step;
  static constexpr std::array<std::string_view, 2> time_constants = {"tau_mem", "tau_syn"};

  double tau_mem = 10e-3;
  double tau_syn = 5e-3;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("tau_mem", self.tau_mem, Range::positive, "membrane time constant, s");
    visit("tau_syn", self.tau_syn, Range::positive, "synaptic time constant, s");
  }

  std::array<double, 2> taus() const { return {tau_mem, tau_syn}; }

  Lif without_spike() const { return {{}, tau_mem, tau_syn, 0.0, Reset::none}; }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X, class L>
SPIKEGRAD_INLINE X excess(const Readout&, const X* state, const L*) {
  return state[0];
}
template <class X>
SPIKEGRAD_INLINE void excess_adjoint(const Readout&, const X& adj_x, X* adj_state) {
  adj_state[0] = adj_state[0] + adj_x;
}
template <class X, class L>
SPIKEGRAD_INLINE void advance(const Readout& unit, X* state, const L* decay, const X&, const X& reset_spike) {
  advance_lif(unit.without_spike(), state, decay, X(0.0), reset_spike);
}
template <class X, class L>
SPIKEGRAD_INLINE StepAdjoint<X> advance_adjoint(const Readout& unit, const X* state, const L* decay,
                                                const X& spike, X* adj_state) {
  return advance_lif_adjoint(unit.without_spike(), state, decay, X(0.0), spike, adj_state);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
