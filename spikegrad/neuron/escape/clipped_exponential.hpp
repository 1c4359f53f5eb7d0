// SPDX-License-Identifier: Apache-2.0
// Clipped exponential, the form in the code of [GZ]:  p(x) = min(1, p0 exp(x/Δu)).
#if !defined(SPIKEGRAD_CLIPPED_EXPONENTIAL_ESCAPE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_CLIPPED_EXPONENTIAL_ESCAPE
#define SPIKEGRAD_CLIPPED_EXPONENTIAL_ESCAPE

#include <limits>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

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
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// Before it is clipped. The exponent is kept where exp() is finite.
template <class X>
SPIKEGRAD_INLINE X unclipped(const ClippedExponentialEscape& f, const X& x) {
  return f.p0 * exp(min(x / f.width, X(range_of(x).exponent)));
}
/// The clip is decided on the rounded p0 exp(x/Δu), so that p is never above 1.
template <class X>
SPIKEGRAD_INLINE X probability(const ClippedExponentialEscape& f, const X& x) {
  const X p = unclipped(f, x);
  return select(p < 1.0, p, X(1.0));
}
template <class X>
SPIKEGRAD_INLINE X derivative(const ClippedExponentialEscape& f, const X& x) {
  const X p = unclipped(f, x);
  return select(p < 1.0, p / f.width, X(0.0));
}
template <class X>
X log_probability(const ClippedExponentialEscape& f, const X& x, bool spiked) {
  const X p = unclipped(f, x);
  if (p < 1.0) return spiked ? std::log(f.p0) + x / f.width : log1p(-p);
  return X(spiked ? 0.0 : -std::numeric_limits<double>::infinity());
}
template <class X, class Condition>
SPIKEGRAD_INLINE X log_slope(const ClippedExponentialEscape& f, const X& x, Condition spiked) {
  const X p = unclipped(f, x);
  return select(p < 1.0, select(spiked, X(1.0), p / (p - 1.0)) / f.width, X(0.0));
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
