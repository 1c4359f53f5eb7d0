// SPDX-License-Identifier: Apache-2.0
// The fast sigmoid of SuperSpike [Z] as a distribution function:
//   f(x) = (1 + βx/(1 + β|x|)) / 2,  f'(x) = (β/2) / (1 + β|x|)².
#pragma once

#include <cmath>
#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct SuperSpikeEscape {
  static constexpr std::string_view kind = "superspike";
  static constexpr std::string_view summary = "f(x) = (1 + beta x/(1 + beta |x|))/2, heavy-tailed";

  double beta = 10.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("beta", self.beta, Range::positive, "slope, 1/threshold");
  }

  /// The tail is written as 1/(2(1 + β|x|)) to keep its relative precision.
  template <class T>
  T probability(const T& x) const {
    if (x > 0) return 1.0 - 0.5 / (1.0 + beta * x);
    return 0.5 / (1.0 - beta * x);
  }
  double derivative(double x) const {
    const double s = 1.0 + beta * std::abs(x);
    return 0.5 * beta / (s * s);
  }
  template <class T>
  T log_probability(const T& x, bool spiked) const {
    using std::log, std::log1p;
    const T y = spiked ? T(beta * x) : T(-beta * x);
    if (y > 0) return log1p(-0.5 / (1.0 + y));
    return -log(2.0 * (1.0 - y));
  }
  /// With s = 1 + β|x|: β/s in the tail, where f = 1/(2s); β/(s(2s - 1)) on the other side.
  double log_slope(double x, bool spiked) const {
    const double y = spiked ? beta * x : -beta * x, s = 1.0 + std::abs(y);
    return (spiked ? beta : -beta) / (y > 0 ? s * (2.0 * s - 1.0) : s);
  }
};

}  // namespace spikegrad
