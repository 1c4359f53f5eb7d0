// SPDX-License-Identifier: Apache-2.0
// Gaussian:  g(x) = exp(-x²/(2σ²)) / (σ sqrt(2π)), area 1.
#pragma once

#include <cmath>
#include <numbers>
#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct GaussianSurrogate {
  static constexpr std::string_view kind = "gaussian";
  static constexpr std::string_view summary = "g(x) = normal density of width sigma";

  double sigma = 0.4;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("sigma", self.sigma, Range::positive, "standard deviation, threshold units");
  }

  double operator()(double x) const {
    const double s = x / sigma;
    return std::exp(-0.5 * s * s) / (sigma * std::sqrt(2.0 * std::numbers::pi));
  }
};

}  // namespace spikegrad
