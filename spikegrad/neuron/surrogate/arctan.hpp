// SPDX-License-Identifier: Apache-2.0
// Arctangent (W. Fang et al., ICCV 2021):  g(x) = (α/2) / (1 + (π α x / 2)²), area 1.
#pragma once

#include <numbers>
#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct ArctanSurrogate {
  static constexpr std::string_view kind = "arctan";
  static constexpr std::string_view summary = "g(x) = (alpha/2)/(1 + (pi alpha x/2)^2)";

  double alpha = 2.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("alpha", self.alpha, Range::positive, "slope, 1/threshold");
  }

  double operator()(double x) const {
    const double s = 0.5 * std::numbers::pi * alpha * x;
    return 0.5 * alpha / (1.0 + s * s);
  }
};

}  // namespace spikegrad
