// SPDX-License-Identifier: Apache-2.0
// Straight-through (Y. Bengio, N. Léonard, A. Courville, arXiv 1308.3432):  g(x) = 1.
#pragma once

#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct StraightThroughSurrogate {
  static constexpr std::string_view kind = "straight-through";
  static constexpr std::string_view summary = "g(x) = 1";

  template <class Self, class Visitor>
  static void fields(Self&, Visitor&&) {}

  double operator()(double) const { return 1.0; }
};

}  // namespace spikegrad
