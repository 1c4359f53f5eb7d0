// SPDX-License-Identifier: Apache-2.0
// Adam with decoupled weight decay (I. Loshchilov & F. Hutter, ICLR 2019):  w ← (1 - rate · decay) w, then
// Adam's step.
#pragma once

#include "spikegrad/optimiser/adam.hpp"

namespace spikegrad {

class AdamW final : public Optimiser {
 public:
  static constexpr std::string_view name = "adamw";
  static constexpr std::string_view summary = "adam, and weights that shrink by a share of the rate";
  static constexpr std::string_view source = "Loshchilov & Hutter 2019";

  AdamW(const OptimiserSettings& settings, std::size_t size)
      : decay_(settings.weight_decay), adam_(settings, size) {}

  void step(double rate, std::span<const double> gradient, std::span<double> parameters) override {
    for (double& w : parameters) w *= 1.0 - rate * decay_;
    adam_.step(rate, gradient, parameters);
  }
  std::vector<std::span<double>> state() override { return adam_.state(); }

 private:
  double decay_;
  Adam adam_;
};

}  // namespace spikegrad
