// SPDX-License-Identifier: Apache-2.0
// Triangular, or piecewise linear (S. K. Esser et al., PNAS 2016; G. Bellec et al., NeurIPS 2018):
//   g(x) = γ max(0, 1 - β|x|), zero beyond 1/β.
#if !defined(SPIKEGRAD_TRIANGULAR_SURROGATE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_TRIANGULAR_SURROGATE
#define SPIKEGRAD_TRIANGULAR_SURROGATE

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct TriangularSurrogate {
  static constexpr std::string_view kind = "triangular";
  static constexpr std::string_view summary = "g(x) = gamma max(0, 1 - beta |x|), compact support";

  double beta = 1.0;
  double gamma = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("beta", self.beta, Range::positive, "inverse half-width, 1/threshold");
    visit("gamma", self.gamma, Range::positive, "peak");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X>
SPIKEGRAD_INLINE X slope(const TriangularSurrogate& g, const X& x) {
  return g.gamma * max(X(0.0), neg_mul_add(g.beta, abs(x), 1.0));
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
