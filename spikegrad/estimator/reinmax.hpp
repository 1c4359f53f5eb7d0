// SPDX-License-Identifier: Apache-2.0
// ReinMax: backpropagation with φ' = f'/(2 P(S)), the trapezoid rule (neuron/spike_slope/reinmax.hpp).
#pragma once

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct Reinmax : SurrogateType {
  static constexpr std::string_view name = "reinmax";
  static constexpr std::string_view summary =
      "backpropagation with f'/(2 P(S)) for the derivative of a spike";
  static constexpr std::string_view bias =
      "of third order in a spike's effect; none where L is quadratic in each";
  static constexpr std::string_view source = "Liu et al. 2023; mixing: Walker 2025";

  static LearningSignal signal(const EstimatorSettings& settings, const Objective&) {
    LearningSignal signal = through(PseudoDerivative::own, settings);
    signal.slope = ReinmaxSlope{settings.mix};
    return signal;
  }
};

}  // namespace spikegrad
