// SPDX-License-Identifier: Apache-2.0
// SuperSpike [Z]:  g(x) = 1 / (β|x| + 1)², peak 1, heavy tails.
#if !defined(SPIKEGRAD_SUPERSPIKE_SURROGATE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_SUPERSPIKE_SURROGATE
#define SPIKEGRAD_SUPERSPIKE_SURROGATE

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct SuperSpikeSurrogate {
  static constexpr std::string_view kind = "superspike";
  static constexpr std::string_view summary = "g(x) = 1/(beta |x| + 1)^2";

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
SPIKEGRAD_INLINE X slope(const SuperSpikeSurrogate& g, const X& x) {
  const X s = mul_add(g.beta, abs(x), 1.0);
  return 1.0 / (s * s);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
