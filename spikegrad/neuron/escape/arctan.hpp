// SPDX-License-Identifier: Apache-2.0
// Noise of a Cauchy distribution on the threshold:
//   f(x) = 1/2 + atan(s)/π,  s = π α x/2,  f'(x) = (α/2)/(1 + s²), the arctangent surrogate.
#if !defined(SPIKEGRAD_ARCTAN_ESCAPE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_ARCTAN_ESCAPE
#define SPIKEGRAD_ARCTAN_ESCAPE

#include <cmath>
#include <numbers>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct ArctanEscape {
  static constexpr std::string_view kind = "arctan";
  static constexpr std::string_view summary = "f(x) = 1/2 + atan(pi alpha x/2)/pi, the heaviest tails";

  double alpha = 2.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("alpha", self.alpha, Range::positive, "slope, 1/threshold");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// |s|, kept finite.
template <class X>
SPIKEGRAD_INLINE X size_of_argument(const ArctanEscape& f, const X& x) {
  return min(0.5 * std::numbers::pi * f.alpha * abs(x), X(1.0 / range_of(x).smallest));
}
/// f(-|x|) = atan(1/|s|)/π, and 1/2 - atan(|s|)/π where 1/|s| may be infinite.
template <class X>
SPIKEGRAD_INLINE X tail(const ArctanEscape&, const X& s) {
  const auto inside = s < 1.0;
  const X angle = std::numbers::inv_pi * atan(select(inside, s, 1.0 / max(s, X(1.0))));
  return select(inside, 0.5 - angle, angle);
}
template <class X>
SPIKEGRAD_INLINE X probability(const ArctanEscape& f, const X& x) {
  const X p = tail(f, size_of_argument(f, x));
  return select(x >= 0.0, 1.0 - p, p);
}
template <class X>
SPIKEGRAD_INLINE X derivative(const ArctanEscape& f, const X& x) {
  const X s = size_of_argument(f, x);
  return 0.5 * f.alpha / mul_add(s, s, 1.0);
}
template <class X>
X log_probability(const ArctanEscape& f, const X& x, bool spiked) {
  const X p = tail(f, size_of_argument(f, x));
  return (spiked ? x >= 0 : x < 0) ? log1p(-p) : log(p);
}
template <class X, class Condition>
SPIKEGRAD_INLINE X log_slope(const ArctanEscape& f, const X& x, Condition spiked) {
  const X p = tail(f, size_of_argument(f, x));
  const X slope = derivative(f, x) / select(select(spiked, x, -x) > 0.0, 1.0 - p, p);
  return select(spiked, slope, -slope);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
