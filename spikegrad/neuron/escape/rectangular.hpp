// SPDX-License-Identifier: Apache-2.0
// Uniform noise on the threshold: a clipped line,
//   f(x) = 1/2 + x/a for |x| < a/2, else 0 or 1;  f'(x) = 1/a or 0, the rectangular surrogate.
#if !defined(SPIKEGRAD_RECTANGULAR_ESCAPE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_RECTANGULAR_ESCAPE
#define SPIKEGRAD_RECTANGULAR_ESCAPE

#include <limits>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct RectangularEscape {
  static constexpr std::string_view kind = "rectangular";
  static constexpr std::string_view summary = "p(x) = 1/2 + x/width clipped to [0, 1]: uniform noise";

  double width = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("width", self.width, Range::positive, "of the line from 0 to 1, threshold units");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// The line ends where |x/a| reaches 1/2, for value and slope alike.
template <class X>
SPIKEGRAD_INLINE X probability(const RectangularEscape& f, const X& x) {
  const X u = x / f.width;
  return select(abs(u) < 0.5, 0.5 + u, select(u < 0.0, X(0.0), X(1.0)));
}
template <class X>
SPIKEGRAD_INLINE X derivative(const RectangularEscape& f, const X& x) {
  return select(abs(x / f.width) < 0.5, X(1.0 / f.width), X(0.0));
}
template <class X>
X log_probability(const RectangularEscape& f, const X& x, bool spiked) {
  const X u = x / f.width, event = spiked ? u : -u;
  if (abs(u) < 0.5) return log(0.5 + event);
  return X(event < 0.0 ? -std::numeric_limits<double>::infinity() : 0.0);
}
template <class X, class Condition>
SPIKEGRAD_INLINE X log_slope(const RectangularEscape& f, const X& x, Condition spiked) {
  const X u = x / f.width, slope = 1.0 / (f.width * (0.5 + select(spiked, u, -u)));
  return select(abs(u) < 0.5, select(spiked, slope, -slope), X(0.0));
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
