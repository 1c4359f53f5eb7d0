// SPDX-License-Identifier: Apache-2.0
// Sigmoid escape noise [GZ]:  f(x) = 1 / (1 + exp(-βx)),  f'(x) = β f (1 - f).
#if !defined(SPIKEGRAD_SIGMOID_ESCAPE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_SIGMOID_ESCAPE
#define SPIKEGRAD_SIGMOID_ESCAPE

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct SigmoidEscape {
  static constexpr std::string_view kind = "sigmoid";
  static constexpr std::string_view summary = "f(x) = 1/(1 + exp(-beta x))";

  double beta = 10.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("beta", self.beta, Range::positive, "slope, 1/threshold");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// The exponent is never positive: no overflow, full relative precision in either tail.
template <class X>
SPIKEGRAD_INLINE X probability(const SigmoidEscape& f, const X& x) {
  const X e = exp(-abs(f.beta * x));
  return select(x >= 0.0, X(1.0), e) / (1.0 + e);
}
template <class X>
SPIKEGRAD_INLINE X derivative(const SigmoidEscape& f, const X& x) {
  const X e = exp(-abs(f.beta * x)), s = 1.0 + e;
  return f.beta * e / (s * s);
}
/// log f = -log(1 + exp(-βx)); log(1 - f) is the same at -x.
template <class X>
X log_probability(const SigmoidEscape& f, const X& x, bool spiked) {
  const X y = spiked ? f.beta * x : -f.beta * x;
  if (y > 0) return -log1p(exp(-y));
  return y - log1p(exp(y));
}
/// β f(-x) of a spike, -β f(x) of none.
template <class X, class Condition>
SPIKEGRAD_INLINE X log_slope(const SigmoidEscape& f, const X& x, Condition spiked) {
  const X slope = f.beta * probability(f, select(spiked, -x, x));
  return select(spiked, slope, -slope);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
