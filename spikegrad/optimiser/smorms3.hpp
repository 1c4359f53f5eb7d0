// SPDX-License-Identifier: Apache-2.0
// SMORMS3 (S. Funk, 2015): steps of a size that each component's ratio of squared mean to mean square allows,
// over a memory that grows while that ratio is high. In each step with gradient d, from m = 1, g = g2 = 0:
//
//   r = 1/(m+1),  g ← (1-r) g + r d,  g2 ← (1-r) g2 + r d²,  q = g²/(g2+ε),
//   w ← w - min(rate, q) d/(√g2 + ε),  m ← 1 + m (1-q);   ε = 1e-16.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "spikegrad/optimiser/optimiser.hpp"

namespace spikegrad {

class Smorms3 final : public Optimiser {
 public:
  static constexpr std::string_view name = "smorms3";
  static constexpr std::string_view summary = "steps as long as the gradient is steady, at most the rate";
  static constexpr std::string_view source = "Funk 2015";

  Smorms3(const OptimiserSettings&, std::size_t size) : memory_(size, 1.0), mean_(size), square_(size) {}

  void step(double rate, std::span<const double> gradient, std::span<double> parameters) override {
    constexpr double epsilon = 1e-16;
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double d = gradient[i], r = 1.0 / (memory_[i] + 1.0);
      mean_[i] = (1.0 - r) * mean_[i] + r * d;
      square_[i] = (1.0 - r) * square_[i] + r * d * d;
      const double q = mean_[i] * mean_[i] / (square_[i] + epsilon);
      parameters[i] -= std::min(rate, q) * d / (std::sqrt(square_[i]) + epsilon);
      memory_[i] = 1.0 + memory_[i] * (1.0 - q);
    }
  }
  std::vector<std::span<double>> state() override { return {memory_, mean_, square_}; }

 private:
  std::vector<double> memory_, mean_, square_;  ///< m, g, g2
};

}  // namespace spikegrad
