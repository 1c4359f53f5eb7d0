// SPDX-License-Identifier: Apache-2.0
// Current-based leaky integrate-and-fire unit (docs/derivations.md, section 1), state (u, I), all 0 at first:
//
//   I[t+1] = λ_s I[t] + D[t],                      λ_s = exp(-dt/τ_s)
//   u[t+1] = reset(λ_m u[t], (1-λ_m) I[t], S[t]),  λ_m = exp(-dt/τ_m)
//
// with D the drive (weighted spikes and bias), S the unit's own spike, read from the state at the start of
// the step.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/unit/kind.hpp"

namespace spikegrad {

struct Lif : UnitDefaults {
  static constexpr std::string_view kind = "lif";
  static constexpr std::string_view summary = "current-based leaky integrate-and-fire";
  static constexpr std::size_t state_size = 2;  // u, I
  static constexpr UnitOutput output = UnitOutput::spike;
  static constexpr DriveTiming timing = DriveTiming::next_step;
  static constexpr std::array<std::string_view, 2> time_constants = {"tau_mem", "tau_syn"};

  double tau_mem = 10e-3;
  double tau_syn = 5e-3;
  double threshold = 1.0;
  Reset reset = Reset::multiplicative;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("tau_mem", self.tau_mem, Range::positive, "membrane time constant, s");
    visit("tau_syn", self.tau_syn, Range::positive, "synaptic time constant, s");
    visit("threshold", self.threshold, Range::any, "theta");
    visit("reset", self.reset, Range::any, "multiplicative | multiplicative-leak | subtractive | none");
  }

  std::array<double, 2> taus() const { return {tau_mem, tau_syn}; }

  template <class T>
  T excess(const T* state) const {
    return state[0] - threshold;
  }
  void excess_adjoint(double adj_x, double* adj_state) const { adj_state[0] += adj_x; }

  /// state ← state of the next step; decay: λ_m, λ_s.
  template <class T, class L>
  void advance(T* state, const L* decay, const T& drive, const T&, const T& reset_spike) const {
    const T leak = decay[0] * state[0], gain = (1.0 - decay[0]) * state[1];
    switch (reset) {
      case Reset::multiplicative:
        state[0] = (leak + gain) * (1.0 - reset_spike);
        break;
      case Reset::multiplicative_leak:
        state[0] = leak * (1.0 - reset_spike) + gain;
        break;
      case Reset::subtractive:
        state[0] = leak + gain - threshold * reset_spike;
        break;
      case Reset::none:
        state[0] = leak + gain;
        break;
    }
    state[1] = decay[1] * state[1] + drive;
  }

  /// adj_state: adjoint of the next state in, of `state` (before the step) out.
  StepAdjoint advance_adjoint(const double* state, const double* decay, double spike,
                              double* adj_state) const {
    const double adj_u = adj_state[0], leak = decay[0] * state[0];
    double pass_leak = 1.0, pass_gain = 1.0;  // ∂u'/∂leak, ∂u'/∂gain
    StepAdjoint adj;
    switch (reset) {
      case Reset::multiplicative:
        pass_leak = pass_gain = 1.0 - spike;
        adj.reset = -adj_u * (leak + (1.0 - decay[0]) * state[1]);
        break;
      case Reset::multiplicative_leak:
        pass_leak = 1.0 - spike;
        adj.reset = -adj_u * leak;
        break;
      case Reset::subtractive:
        adj.reset = -adj_u * threshold;
        break;
      case Reset::none:
        break;
    }
    adj.drive = adj_state[1];
    adj.decay[0] = adj_u * (pass_leak * state[0] - pass_gain * state[1]);
    adj.decay[1] = adj.drive * state[1];
    adj_state[0] = decay[0] * pass_leak * adj_u;
    adj_state[1] = decay[1] * adj.drive + (1.0 - decay[0]) * pass_gain * adj_u;
    return adj;
  }
};

}  // namespace spikegrad
