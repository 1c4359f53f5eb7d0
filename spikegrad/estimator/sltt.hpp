// SPDX-License-Identifier: Apache-2.0
// SLTT, spatial learning through time: OTTT (ottt.hpp) without the traces,
//
//   ∂J/∂w_ij = Σ_t D̃_i[t] S_j[t],
//
// so that no signal goes back through time at all, but for the steps that a spike takes to reach a potential.
#pragma once

#include "spikegrad/estimator/ottt.hpp"

namespace spikegrad {

struct Sltt : SurrogateType {
  static constexpr std::string_view name = "sltt";
  static constexpr std::string_view summary = "surrogate gradient by the first effect of each spike alone";
  static constexpr std::string_view bias = "that of surrogate, and from the paths left out";
  static constexpr std::string_view source = "Meng et al. 2023";

  static LearningSignal signal(const EstimatorSettings& settings, const Objective& objective) {
    LearningSignal signal = Ottt::signal(settings, objective);
    signal.weight_effect = DriveEffect::first;
    return signal;
  }
};

}  // namespace spikegrad
