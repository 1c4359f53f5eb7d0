// SPDX-License-Identifier: Apache-2.0
// Noise of triangular density on the threshold. With r = max(0, 1 - β|x|),
//   f(x) = r²/2 for x < 0, 1 - r²/2 else;  f'(x) = β r, the triangular surrogate of peak γ = β.
#if !defined(SPIKEGRAD_TRIANGULAR_ESCAPE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_TRIANGULAR_ESCAPE
#define SPIKEGRAD_TRIANGULAR_ESCAPE

#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct TriangularEscape {
  static constexpr std::string_view kind = "triangular";
  static constexpr std::string_view summary =
      "f(x) = 1 - (1 - beta x)^2/2 above threshold, its mirror image below: triangular noise";

  double beta = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("beta", self.beta, Range::positive, "inverse half-width, 1/threshold");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X>
SPIKEGRAD_INLINE X distance_to_end(const TriangularEscape& f, const X& x) {
  return max(X(0.0), neg_mul_add(f.beta, abs(x), 1.0));
}
template <class X>
SPIKEGRAD_INLINE X probability(const TriangularEscape& f, const X& x) {
  const X r = distance_to_end(f, x), tail = 0.5 * r * r;
  return select(x >= 0.0, 1.0 - tail, tail);
}
template <class X>
SPIKEGRAD_INLINE X derivative(const TriangularEscape& f, const X& x) {
  return f.beta * distance_to_end(f, x);
}
template <class X>
X log_probability(const TriangularEscape& f, const X& x, bool spiked) {
  const X r = distance_to_end(f, x);
  if (spiked ? x >= 0 : x < 0) return log1p(-0.5 * r * r);
  if (r > 0.0) return 2.0 * log(r) - std::numbers::ln2;
  return X(-std::numeric_limits<double>::infinity());
}
/// f'/f = 2β/r in the tail, β r/(1 - r²/2) on the other side; 0 where nothing is left to chance.
template <class X, class Condition>
SPIKEGRAD_INLINE X log_slope(const TriangularEscape& f, const X& x, Condition spiked) {
  const X r = distance_to_end(f, x);
  const auto likely = select(spiked, x, -x) > 0.0;
  const X slope = f.beta * select(likely, r / (1.0 - 0.5 * r * r), 2.0 / r);
  return select(r > 0.0, select(spiked, slope, -slope), X(0.0));
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
