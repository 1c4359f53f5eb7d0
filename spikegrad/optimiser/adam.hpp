// SPDX-License-Identifier: Apache-2.0
// Adam (D. P. Kingma & J. Ba, ICLR 2015), with the bias of the first steps corrected:
//
//   m ← β1 m + (1-β1) d,  v ← β2 v + (1-β2) d²,  w ← w - rate · m/(1-β1ⁿ) / (√(v/(1-β2ⁿ)) + ε)   in step n.
#pragma once

#include <array>
#include <cmath>
#include <vector>

#include "spikegrad/optimiser/optimiser.hpp"

namespace spikegrad {

class Adam final : public Optimiser {
 public:
  static constexpr std::string_view name = "adam";
  static constexpr std::string_view summary = "steps of like size in all parameters, from running moments";
  static constexpr std::string_view source = "Kingma & Ba 2015";

  Adam(const OptimiserSettings& settings, std::size_t size)
      : settings_(settings), mean_(size), square_(size) {}

  void step(double rate, std::span<const double> gradient, std::span<double> parameters) override {
    remaining_[0] *= settings_.beta1;
    remaining_[1] *= settings_.beta2;
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double d = gradient[i];
      mean_[i] = settings_.beta1 * mean_[i] + (1.0 - settings_.beta1) * d;
      square_[i] = settings_.beta2 * square_[i] + (1.0 - settings_.beta2) * d * d;
      parameters[i] -= rate * (mean_[i] / (1.0 - remaining_[0])) /
                       (std::sqrt(square_[i] / (1.0 - remaining_[1])) + settings_.epsilon);
    }
  }
  std::vector<std::span<double>> state() override { return {mean_, square_, remaining_}; }

 private:
  OptimiserSettings settings_;
  std::array<double, 2> remaining_{1.0, 1.0};  ///< β1ⁿ, β2ⁿ
  std::vector<double> mean_, square_;
};

}  // namespace spikegrad
