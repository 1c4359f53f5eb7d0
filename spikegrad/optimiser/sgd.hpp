// SPDX-License-Identifier: Apache-2.0
// Gradient descent with momentum μ (B. T. Polyak 1964):  v ← μ v + d,  w ← w - rate v.
#pragma once

#include <vector>

#include "spikegrad/optimiser/optimiser.hpp"

namespace spikegrad {

class Sgd final : public Optimiser {
 public:
  static constexpr std::string_view name = "sgd";
  static constexpr std::string_view summary = "gradient descent, with momentum if asked for";
  static constexpr std::string_view source = "Polyak 1964";

  Sgd(const OptimiserSettings& settings, std::size_t size) : momentum_(settings.momentum), velocity_(size) {}

  void step(double rate, std::span<const double> gradient, std::span<double> parameters) override {
    for (std::size_t i = 0; i < velocity_.size(); ++i) {
      velocity_[i] = momentum_ * velocity_[i] + gradient[i];
      parameters[i] -= rate * velocity_[i];
    }
  }
  std::vector<std::span<double>> state() override { return {velocity_}; }

 private:
  double momentum_;
  std::vector<double> velocity_;
};

}  // namespace spikegrad
