// SPDX-License-Identifier: Apache-2.0
// Straight-through Gumbel-softmax, in its Rao-Blackwellised form (neuron/spike_slope/gumbel.hpp).
#pragma once

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct StraightThroughGumbel : SurrogateType {
  static constexpr std::string_view name = "straight-through-gumbel";
  static constexpr std::string_view summary =
      "slope of a soft spike at the noisy potential, its mean given the spike";
  static constexpr std::string_view bias = "from the first layer on, less at lower temperature";
  static constexpr std::string_view source = "Jang, Gu & Poole 2017; Paulus, Maddison & Krause 2021";

  static LearningSignal signal(const EstimatorSettings& settings, const Objective&) {
    LearningSignal signal = through(PseudoDerivative::own, settings);
    signal.slope = GumbelSlope::at(settings.temperature);
    return signal;
  }
};

}  // namespace spikegrad
