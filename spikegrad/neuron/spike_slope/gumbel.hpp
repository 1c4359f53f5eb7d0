// SPDX-License-Identifier: Apache-2.0
// Straight-through Gumbel-softmax of two classes (Jang et al. 2017), Rao-Blackwellised (Paulus et al. 2021).
// The uniform number U that decides a spike makes S = H(z), z = logit f(x) - logit U; the soft spike σ(z/τ) gives
//   φ' = E[ σ'(z/τ)/τ | S ] d logit f/dx.
// With q = P(S), r = 1 - q and ζ = |z|/τ:
//   φ' = f'/q ∫_0^∞ σ'(ζ) e^{τζ} / (q + r e^{τζ})² dζ,
// by a Gauss-Legendre rule, to 1e-4 or better for τ <= 1 (estimator/pathwise_test.cpp).
#if !defined(SPIKEGRAD_GUMBEL_SLOPE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_GUMBEL_SLOPE
#define SPIKEGRAD_GUMBEL_SLOPE

#include <array>
#include <cstddef>

#include "spikegrad/export.hpp"
#include "spikegrad/neuron/escape.hpp"

namespace spikegrad {

struct SPIKEGRAD_EXPORT GumbelSlope {
  static constexpr std::size_t nodes = 20;

  /// e^{τζ}, and the rule's weights times σ'(ζ) e^{τζ}.
  std::array<double, nodes> odds = {}, weight = {};

  /// Of the temperature τ > 0.
  static GumbelSlope at(double temperature);
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class F, class X>
SPIKEGRAD_INLINE X spike_slope(const GumbelSlope& g, const F& f, const X& x, const X& spike) {
  const auto spiked = spike > 0.5;
  const X p = probability(f, x), q = select(spiked, p, 1.0 - p), r = 1.0 - q;
  X sum(0.0);
  for (std::size_t i = 0; i < GumbelSlope::nodes; ++i) {
    const X d = q + g.odds[i] * r;
    sum = sum + g.weight[i] / (d * d);
  }
  return abs(log_slope(f, x, spiked)) * sum;
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
