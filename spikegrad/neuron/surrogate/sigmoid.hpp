// SPDX-License-Identifier: Apache-2.0
// Derivative of the sigmoid [GZ]:  g(x) = β σ(βx) (1 - σ(βx)), area 1.
#if !defined(SPIKEGRAD_SIGMOID_SURROGATE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_SIGMOID_SURROGATE
#define SPIKEGRAD_SIGMOID_SURROGATE

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"
#include "spikegrad/neuron/escape/sigmoid.hpp"

namespace spikegrad {

struct SigmoidSurrogate {
  static constexpr std::string_view kind = "sigmoid";
  static constexpr std::string_view summary = "g(x) = beta s(1 - s), s = 1/(1 + exp(-beta x))";

  double beta = 10.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("beta", self.beta, Range::positive, "slope, 1/threshold");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X>
SPIKEGRAD_INLINE X slope(const SigmoidSurrogate& g, const X& x) {
  return derivative(SigmoidEscape{g.beta}, x);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
