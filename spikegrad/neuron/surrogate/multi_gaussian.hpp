// SPDX-License-Identifier: Apache-2.0
// Multi-Gaussian (B. Yin, F. Corradi, S. M. Bohté, Nature Machine Intelligence 3, 2021):
//   g(x) = (1 + h) N(x; 0, σ²) - h N(x; σ, (sσ)²) - h N(x; -σ, (sσ)²), negative in its flanks.
#if !defined(SPIKEGRAD_MULTI_GAUSSIAN_SURROGATE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_MULTI_GAUSSIAN_SURROGATE
#define SPIKEGRAD_MULTI_GAUSSIAN_SURROGATE

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"
#include "spikegrad/neuron/surrogate/gaussian.hpp"

namespace spikegrad {

struct MultiGaussianSurrogate {
  static constexpr std::string_view kind = "multi-gaussian";
  static constexpr std::string_view summary =
      "g(x) = (1+h) N(x;0,sigma) - h N(x;sigma,s sigma) - h N(x;-sigma,s sigma)";

  double sigma = 0.5;
  double height = 0.15;
  double spread = 6.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("sigma", self.sigma, Range::positive, "width of the centre, threshold units");
    visit("height", self.height, Range::non_negative, "h, weight of the flanks");
    visit("spread", self.spread, Range::positive, "s, width of the flanks over sigma");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X>
SPIKEGRAD_INLINE X slope(const MultiGaussianSurrogate& g, const X& x) {
  const double flank = g.spread * g.sigma;
  return (1.0 + g.height) * normal_density(x, g.sigma) -
         g.height * (normal_density(x - g.sigma, flank) + normal_density(x + g.sigma, flank));
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
