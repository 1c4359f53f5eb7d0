// SPDX-License-Identifier: Apache-2.0
// Straight-through estimator: backpropagation as if a spike were its potential, dS/dx = 1.
#pragma once

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct StraightThrough : SurrogateType {
  static constexpr std::string_view name = "straight-through";
  static constexpr std::string_view summary = "backpropagation with 1 for the derivative of a spike";
  static constexpr std::string_view bias = "from the first layer on";
  static constexpr std::string_view source = "Bengio, Leonard & Courville 2013";

  static LearningSignal signal(const EstimatorSettings& settings, const Objective&) {
    return through(PseudoDerivative::one, settings);
  }
};

}  // namespace spikegrad
