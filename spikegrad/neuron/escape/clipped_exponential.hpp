// SPDX-License-Identifier: Apache-2.0
// Clipped exponential, the form in the code of [GZ]:  p(x) = min(1, p0 exp(x/Δu)).
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct ClippedExponentialEscape {
  static constexpr std::string_view kind = "clipped-exponential";
  static constexpr std::string_view summary = "p(x) = min(1, p0 exp(x/width))";

  double p0 = 0.1;
  double width = 0.1;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("p0", self.p0, Range::positive, "probability at threshold");
    visit("width", self.width, Range::positive, "Delta u, threshold units");
  }

  template <class T>
  T probability(const T& x) const {
    using std::exp;
    return clipped(x) ? T(1.0) : T(p0 * exp(x / width));
  }
  double derivative(double x) const { return clipped(x) ? 0.0 : p0 / width * std::exp(x / width); }
  template <class T>
  T log_probability(const T& x, bool spiked) const {
    using std::log, std::log1p, std::exp;
    if (spiked) return clipped(x) ? T(0.0) : T(log(p0) + x / width);
    return clipped(x) ? T(-std::numeric_limits<double>::infinity()) : T(log1p(-p0 * exp(x / width)));
  }
  double log_slope(double x, bool spiked) const {
    if (clipped(x)) return 0.0;
    const double p = p0 * std::exp(x / width);
    return spiked ? 1.0 / width : -p / (width * (1.0 - p));
  }

 private:
  template <class T>
  bool clipped(const T& x) const {
    return !(x / width < -std::log(p0));
  }
};

}  // namespace spikegrad
