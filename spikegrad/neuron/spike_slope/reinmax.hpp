// SPDX-License-Identifier: Apache-2.0
// ReinMax (Liu et al., NeurIPS 2023): the trapezoid rule in place of the tangent,
//   φ' = f'(x) / (2 P(S)),   P(S) = p after a spike, 1 - p else,
// mixed with the tangent, λ φ' + (1-λ) f', since its variance grows as 1/p (Walker 2025).
#if !defined(SPIKEGRAD_REINMAX_SLOPE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_REINMAX_SLOPE
#define SPIKEGRAD_REINMAX_SLOPE

#include "spikegrad/neuron/escape.hpp"

namespace spikegrad {

struct ReinmaxSlope {
  double mix = 1.0;  ///< λ
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// f'/P(S) is the absolute value of log_slope, which has a safe form in both tails.
template <class F, class X>
SPIKEGRAD_INLINE X spike_slope(const ReinmaxSlope& r, const F& f, const X& x, const X& spike) {
  const X trapezoid = 0.5 * abs(log_slope(f, x, spike > 0.5));
  return r.mix * trapezoid + (1.0 - r.mix) * derivative(f, x);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
