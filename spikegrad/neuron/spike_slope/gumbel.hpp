// SPDX-License-Identifier: Apache-2.0
// Straight-through Gumbel-softmax of two classes (Jang et al. 2017), Rao-Blackwellised (Paulus et al. 2021).
// The uniform number U that decides a spike makes S = H(z), z = logit f(x) - logit U; the soft spike σ(z/τ) gives
//   φ' = E[ σ'(z/τ)/τ | S ] d logit f/dx.
// With q = P(S), r = 1 - q and ζ = |z|/τ:
//   φ' = f'/q ∫_0^∞ σ'(ζ) e^{τζ} / (q + r e^{τζ})² dζ,
// by a Gauss-Legendre rule; its error is below 1e-5 for τ <= 1.
#if !defined(SPIKEGRAD_GUMBEL_SLOPE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_GUMBEL_SLOPE
#define SPIKEGRAD_GUMBEL_SLOPE

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "spikegrad/neuron/escape.hpp"

namespace spikegrad {

struct GumbelSlope {
  static constexpr std::size_t nodes = 20;

  /// e^{τζ}, and the rule's weights times σ'(ζ) e^{τζ}.
  std::array<double, nodes> odds = {}, weight = {};

  static GumbelSlope at(double temperature) {
    GumbelSlope rule;
    constexpr double end = 18.0;  // σ' is 1.5e-8 there
    for (std::size_t i = 0; i < nodes; ++i) {
      // A root of the Legendre polynomial, by Newton's method, and its weight.
      double z = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (nodes + 0.5)), slope = 1.0;
      for (int step = 0; step < 8; ++step) {
        double now = 1.0, before = 0.0;
        for (std::size_t n = 1; n <= nodes; ++n) {
          const double k = static_cast<double>(n), next = ((2 * k - 1) * z * now - (k - 1) * before) / k;
          before = now;
          now = next;
        }
        slope = static_cast<double>(nodes) * (z * now - before) / (z * z - 1.0);
        z -= now / slope;
      }
      const double zeta = 0.5 * end * (1.0 + z), e = std::exp(-zeta);
      rule.odds[i] =
          std::exp(std::min(temperature * zeta, 40.0));  // beyond it the factor before the sum is 0
      rule.weight[i] = end / ((1.0 - z * z) * slope * slope) * e / ((1.0 + e) * (1.0 + e)) * rule.odds[i];
    }
    return rule;
  }
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
