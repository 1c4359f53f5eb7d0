// SPDX-License-Identifier: Apache-2.0
// Derivative of the sigmoid [GZ]:  g(x) = β σ(βx) (1 - σ(βx)), area 1.
#pragma once

#include <cmath>
#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct SigmoidSurrogate {
  static constexpr std::string_view kind = "sigmoid";
  static constexpr std::string_view summary = "g(x) = beta s(1 - s), s = 1/(1 + exp(-beta x))";

  double beta = 10.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("beta", self.beta, Range::positive, "slope, 1/threshold");
  }

  double operator()(double x) const {
    const double e = std::exp(-beta * std::abs(x));
    return beta * e / ((1.0 + e) * (1.0 + e));
  }
};

}  // namespace spikegrad
