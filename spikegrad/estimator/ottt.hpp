// SPDX-License-Identifier: Apache-2.0
// OTTT, online training through time: the surrogate gradient whose learning signals go back at once, by the first
// effect of each spike (DriveEffect::first), while weights keep the whole trace of their presynaptic spikes:
//
//   x̄_i[t] = φ'_i S̄_i[t],   S̄_j[t] = s_S[t] + Σ_i w_ij D̃_i[t],   ∂J/∂w_ij = Σ_t x̄_i[t] ε_ij[t],
//
// ε_ij[t] = ∂x_i[t]/∂w_ij with the spikes as they were. Nothing goes back through loops, resets and adaptation.
#pragma once

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct Ottt : SurrogateType {
  static constexpr std::string_view name = "ottt";
  static constexpr std::string_view summary =
      "surrogate gradient online: signals by the first effect of a spike, traces of its past";
  static constexpr std::string_view bias = "that of surrogate, and from the paths left out";
  static constexpr std::string_view source = "Xiao et al. 2022";

  static LearningSignal signal(const EstimatorSettings& settings, const Objective&) {
    LearningSignal signal = through(PseudoDerivative::surrogate, settings);
    signal.through_loops = signal.through_own = false;
    signal.signal_effect = DriveEffect::first;
    return signal;
  }
};

}  // namespace spikegrad
