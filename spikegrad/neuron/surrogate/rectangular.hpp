// SPDX-License-Identifier: Apache-2.0
// Rectangular (Y. Wu et al., Frontiers in Neuroscience 12, 2018):  g(x) = 1/a for |x| < a/2, else 0; area 1.
#if !defined(SPIKEGRAD_RECTANGULAR_SURROGATE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_RECTANGULAR_SURROGATE
#define SPIKEGRAD_RECTANGULAR_SURROGATE

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct RectangularSurrogate {
  static constexpr std::string_view kind = "rectangular";
  static constexpr std::string_view summary = "g(x) = 1/width for |x| < width/2, compact support";

  double width = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("width", self.width, Range::positive, "a, threshold units");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X>
SPIKEGRAD_INLINE X slope(const RectangularSurrogate& g, const X& x) {
  return select(abs(x) < 0.5 * g.width, X(1.0 / g.width), X(0.0));
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
