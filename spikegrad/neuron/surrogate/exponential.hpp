// SPDX-License-Identifier: Apache-2.0
// Two-sided exponential (S. B. Shrestha & G. Orchard, SLAYER, NeurIPS 2018):  g(x) = exp(-β|x|), peak 1.
#if !defined(SPIKEGRAD_EXPONENTIAL_SURROGATE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_EXPONENTIAL_SURROGATE
#define SPIKEGRAD_EXPONENTIAL_SURROGATE

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct ExponentialSurrogate {
  static constexpr std::string_view kind = "exponential";
  static constexpr std::string_view summary = "g(x) = exp(-beta |x|)";

  double beta = 10.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("beta", self.beta, Range::positive, "decay, 1/threshold");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X>
SPIKEGRAD_INLINE X slope(const ExponentialSurrogate& g, const X& x) {
  return exp(-abs(g.beta * x));
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
