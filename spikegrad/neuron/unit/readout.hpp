// SPDX-License-Identifier: Apache-2.0
// Leaky readout: the LIF unit without spike and reset; its output is its potential u.
#pragma once

#include <cmath>
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

  double tau_mem = 10e-3;
  double tau_syn = 5e-3;
  double lambda_mem = 0.0, lambda_syn = 0.0;  ///< per step, from set_time_step

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("tau_mem", self.tau_mem, Range::positive, "membrane time constant, s");
    visit("tau_syn", self.tau_syn, Range::positive, "synaptic time constant, s");
  }

  void set_time_step(double dt) {
    lambda_mem = std::exp(-dt / tau_mem);
    lambda_syn = std::exp(-dt / tau_syn);
  }

  template <class T>
  T excess(const T* state) const {
    return state[0];
  }
  void excess_adjoint(double adj_x, double* adj_state) const { adj_state[0] += adj_x; }

  template <class T>
  void advance(T* state, const T& drive, const T&) const {
    state[0] = lambda_mem * state[0] + (1.0 - lambda_mem) * state[1];
    state[1] = lambda_syn * state[1] + drive;
  }
  void advance_adjoint(const double*, double, double* adj_state, double& adj_drive, double& adj_spike) const {
    adj_spike = 0.0;
    adj_drive = adj_state[1];
    adj_state[1] = lambda_syn * adj_state[1] + (1.0 - lambda_mem) * adj_state[0];
    adj_state[0] *= lambda_mem;
  }
};

}  // namespace spikegrad
