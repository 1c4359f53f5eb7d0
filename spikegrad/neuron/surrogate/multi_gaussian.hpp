// SPDX-License-Identifier: Apache-2.0
// Multi-Gaussian (B. Yin, F. Corradi, S. M. Bohté, Nature Machine Intelligence 3, 2021):
//   g(x) = (1 + h) N(x; 0, σ²) - h N(x; σ, (sσ)²) - h N(x; -σ, (sσ)²), negative in its flanks.
#pragma once

#include <cmath>
#include <numbers>
#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct MultiGaussianSurrogate {
  static constexpr std::string_view kind = "multi-gaussian";
  static constexpr std::string_view summary =
      "g(x) = (1+h) N(x;0,sigma) - h N(x;sigma,s sigma) - h N(x;-sigma,s sigma)";

  double sigma = 0.5;
  double height = 0.15;
  double spread = 6.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("sigma", self.sigma, Range::positive, "width of the centre, threshold units");
    visit("height", self.height, Range::non_negative, "h, weight of the flanks");
    visit("spread", self.spread, Range::positive, "s, width of the flanks over sigma");
  }

  double operator()(double x) const {
    const auto density = [](double y, double width) {
      const double s = y / width;
      return std::exp(-0.5 * s * s) / (width * std::sqrt(2.0 * std::numbers::pi));
    };
    const double flank = spread * sigma;
    return (1.0 + height) * density(x, sigma) -
           height * (density(x - sigma, flank) + density(x + sigma, flank));
  }
};

}  // namespace spikegrad
