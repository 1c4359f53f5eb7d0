// SPDX-License-Identifier: Apache-2.0
// e-prop: the surrogate gradient without the paths through connections inside a loop of populations. What is left
// can be computed forward in time: each synapse's eligibility times the learning signal of its unit,
//
//   S̄_j[t] = s_S[t] + Σ_i w_ij D̄_i[t] over connections that lead onwards,   x̄_j[t] = φ'_j S̄_j[t] + s_x[t].
#pragma once

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct EProp : SurrogateType {
  static constexpr std::string_view name = "e-prop";
  static constexpr std::string_view summary =
      "surrogate gradient that leaves out paths through recurrent weights";
  static constexpr std::string_view bias = "that of surrogate, and from the paths left out";
  static constexpr std::string_view source = "Bellec et al. 2020";

  static LearningSignal signal(const EstimatorSettings& settings, const Objective&) {
    LearningSignal signal = through(PseudoDerivative::surrogate, settings);
    signal.through_loops = false;
    return signal;
  }
};

}  // namespace spikegrad
