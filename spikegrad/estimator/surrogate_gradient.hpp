// SPDX-License-Identifier: Apache-2.0
// Surrogate gradient [Z]: backpropagation with g in place of the derivative of the spike, φ' = g(x).
#pragma once

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct SurrogateGradient : SurrogateType {
  static constexpr std::string_view name = "surrogate";
  static constexpr std::string_view summary =
      "surrogate gradient: backpropagation with g for the derivative of a spike";
  static constexpr std::string_view bias = "from the second spiking layer on, and from g != f'";
  static constexpr std::string_view source = "Zenke & Ganguli 2018";

  static LearningSignal signal(const EstimatorSettings& settings, const Objective&) {
    return through(PseudoDerivative::surrogate, settings);
  }
};

}  // namespace spikegrad
