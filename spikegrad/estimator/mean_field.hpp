// SPDX-License-Identifier: Apache-2.0
// Mean-field net (smoothed probabilistic model of [GZ]): each stochastic spike replaced by its probability,
// S = p = f(x), then plain backpropagation. It draws nothing.
#pragma once

#include <string>

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct MeanField : MethodDefaults {
  static constexpr std::string_view name = "mean-field";
  static constexpr std::string_view summary =
      "exact gradient of the net in which each spike is its probability";
  static constexpr std::string_view bias = "beyond one layer";
  static constexpr std::string_view source = "Gygax & Zenke 2025";
  static constexpr bool deterministic = true;

  static std::string refuse(const Objective& objective, const EstimatorSettings&) {
    for (const Population& p : objective.network.populations())
      if (p.refractory_steps > 0)
        return "has no refractory period for probabilities in place of spikes, and population '" + p.name +
               "' has one";
    return {};
  }
  static LearningSignal signal(const EstimatorSettings&, const Objective&) {
    return {.forward = ForwardMode::mean_field, .pseudo = PseudoDerivative::smoothed};
  }
};

}  // namespace spikegrad
