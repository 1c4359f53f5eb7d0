// SPDX-License-Identifier: Apache-2.0
// Straight-through (Y. Bengio, N. Léonard, A. Courville, arXiv 1308.3432):  g(x) = 1.
#if !defined(SPIKEGRAD_STRAIGHT_THROUGH_SURROGATE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_STRAIGHT_THROUGH_SURROGATE
#define SPIKEGRAD_STRAIGHT_THROUGH_SURROGATE

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct StraightThroughSurrogate {
  static constexpr std::string_view kind = "straight-through";
  static constexpr std::string_view summary = "g(x) = 1";

  template <class Self, class Visitor>
  static void fields(Self&, Visitor&&) {}
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X>
SPIKEGRAD_INLINE X slope(const StraightThroughSurrogate&, const X&) {
  return X(1.0);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
