// SPDX-License-Identifier: Apache-2.0
// SuperSpike [Z]:  g(x) = 1 / (β|x| + 1)², peak 1, heavy tails.
#pragma once

#include <cmath>
#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct SuperSpikeSurrogate {
  static constexpr std::string_view kind = "superspike";
  static constexpr std::string_view summary = "g(x) = 1/(beta |x| + 1)^2";

  double beta = 10.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("beta", self.beta, Range::positive, "slope, 1/threshold");
  }

  double operator()(double x) const {
    const double s = beta * std::abs(x) + 1.0;
    return 1.0 / (s * s);
  }
};

}  // namespace spikegrad
