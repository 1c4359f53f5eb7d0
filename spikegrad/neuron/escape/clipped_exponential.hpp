// SPDX-License-Identifier: Apache-2.0
// Clipped exponential, the form in the code of [GZ]:  p(x) = min(1, p0 exp(x/Δu)).
#pragma once

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

  /// The clip is decided on the rounded p0 exp(x/Δu), so that p is never above 1.
  template <class T>
  T probability(const T& x) const {
    const T p = unclipped(x);
    return p < 1.0 ? p : T(1.0);
  }
  double derivative(double x) const {
    const double p = unclipped(x);
    return p < 1.0 ? p / width : 0.0;
  }
  template <class T>
  T log_probability(const T& x, bool spiked) const {
    using std::log, std::log1p;
    const T p = unclipped(x);
    if (p < 1.0) return spiked ? T(log(p0) + x / width) : T(log1p(-p));
    return T(spiked ? 0.0 : -std::numeric_limits<double>::infinity());
  }
  double log_slope(double x, bool spiked) const {
    const double p = unclipped(x);
    if (!(p < 1.0)) return 0.0;
    return spiked ? 1.0 / width : -p / (width * (1.0 - p));
  }

 private:
  template <class T>
  T unclipped(const T& x) const {
    using std::exp;
    return p0 * exp(x / width);
  }
};

}  // namespace spikegrad
