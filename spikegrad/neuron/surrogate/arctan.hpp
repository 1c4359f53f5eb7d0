// SPDX-License-Identifier: Apache-2.0
// Arctangent (W. Fang et al., ICCV 2021):  g(x) = (α/2) / (1 + (π α x / 2)²), area 1.
#if !defined(SPIKEGRAD_ARCTAN_SURROGATE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_ARCTAN_SURROGATE
#define SPIKEGRAD_ARCTAN_SURROGATE

#include <numbers>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct ArctanSurrogate {
  static constexpr std::string_view kind = "arctan";
  static constexpr std::string_view summary = "g(x) = (alpha/2)/(1 + (pi alpha x/2)^2)";

  double alpha = 2.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("alpha", self.alpha, Range::positive, "slope, 1/threshold");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X>
SPIKEGRAD_INLINE X slope(const ArctanSurrogate& g, const X& x) {
  const X s = 0.5 * std::numbers::pi * g.alpha * x;
  return 0.5 * g.alpha / mul_add(s, s, 1.0);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
