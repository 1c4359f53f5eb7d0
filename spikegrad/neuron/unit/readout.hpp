// SPDX-License-Identifier: Apache-2.0
// Leaky readout: the LIF unit without spike and reset; its output is its potential u.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/unit/kind.hpp"

namespace spikegrad {

struct Readout : UnitDefaults {
  static constexpr std::string_view kind = "readout";
  static constexpr std::string_view summary = "leaky integrator, output is the potential";
  static constexpr std::size_t state_size = 2;  // u, I
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

  template <class T>
  T excess(const T* state) const {
    return state[0];
  }
  void excess_adjoint(double adj_x, double* adj_state) const { adj_state[0] += adj_x; }

  template <class T, class L>
  void advance(T* state, const L* decay, const T& drive, const T&, const T&) const {
    state[0] = decay[0] * state[0] + (1.0 - decay[0]) * state[1];
    state[1] = decay[1] * state[1] + drive;
  }
  StepAdjoint advance_adjoint(const double* state, const double* decay, double, double* adj_state) const {
    StepAdjoint adj;
    adj.drive = adj_state[1];
    adj.decay[0] = adj_state[0] * (state[0] - state[1]);
    adj.decay[1] = adj.drive * state[1];
    adj_state[1] = decay[1] * adj_state[1] + (1.0 - decay[0]) * adj_state[0];
    adj_state[0] *= decay[0];
    return adj;
  }
};

}  // namespace spikegrad
