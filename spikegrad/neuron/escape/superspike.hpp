// SPDX-License-Identifier: Apache-2.0
// The fast sigmoid of SuperSpike [Z] as a distribution function:
//   f(x) = (1 + βx/(1 + β|x|)) / 2,  f'(x) = (β/2) / (1 + β|x|)².
#if !defined(SPIKEGRAD_SUPERSPIKE_ESCAPE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_SUPERSPIKE_ESCAPE
#define SPIKEGRAD_SUPERSPIKE_ESCAPE

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct SuperSpikeEscape {
  static constexpr std::string_view kind = "superspike";
  static constexpr std::string_view summary = "f(x) = (1 + beta x/(1 + beta |x|))/2, heavy-tailed";

  double beta = 10.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("beta", self.beta, Range::positive, "slope, 1/threshold");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// The tail is written as 1/(2(1 + β|x|)) to keep its relative precision.
template <class X>
SPIKEGRAD_INLINE X probability(const SuperSpikeEscape& f, const X& x) {
  const X tail = 0.5 / mul_add(f.beta, abs(x), 1.0);
  return select(x >= 0.0, 1.0 - tail, tail);
}
template <class X>
SPIKEGRAD_INLINE X derivative(const SuperSpikeEscape& f, const X& x) {
  const X s = mul_add(f.beta, abs(x), 1.0);
  return 0.5 * f.beta / (s * s);
}
template <class X>
X log_probability(const SuperSpikeEscape& f, const X& x, bool spiked) {
  const X y = spiked ? f.beta * x : -f.beta * x;
  if (y > 0) return log1p(-0.5 / (1.0 + y));
  return -log(2.0 * (1.0 - y));
}
/// With s = 1 + β|x|: β/s in the tail, where f = 1/(2s); β/(s(2s - 1)) on the other side.
template <class X, class Condition>
SPIKEGRAD_INLINE X log_slope(const SuperSpikeEscape& f, const X& x, Condition spiked) {
  const X s = mul_add(f.beta, abs(x), 1.0);
  const X slope = f.beta / select(select(spiked, x, -x) > 0.0, s * mul_add(2.0, s, -1.0), s);
  return select(spiked, slope, -slope);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
