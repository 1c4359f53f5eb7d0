// SPDX-License-Identifier: Apache-2.0
// Smoothed stochastic derivative [A], [GZ]: right and left stochastic derivatives of each draw, averaged with
// weights 1-p and p, then carried through the linearised net: φ' = f'(x). A deterministic spike has none (0).
#pragma once

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct SmoothedDerivative : SurrogateType {
  static constexpr std::string_view name = "smoothed";
  static constexpr std::string_view summary =
      "smoothed stochastic derivative: averaged one-sided derivatives of each draw";
  static constexpr std::string_view bias = "from the second spiking layer on";
  static constexpr std::string_view source = "Arya et al. 2022; Gygax & Zenke 2025";

  static LearningSignal signal(const EstimatorSettings& settings, const Objective&) {
    return through(PseudoDerivative::smoothed, settings);
  }
};

}  // namespace spikegrad
