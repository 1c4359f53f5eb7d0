// SPDX-License-Identifier: Apache-2.0
// Rectangular (Y. Wu et al., Frontiers in Neuroscience 12, 2018):  g(x) = 1/a for |x| < a/2, else 0; area 1.
#pragma once

#include <cmath>
#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct RectangularSurrogate {
  static constexpr std::string_view kind = "rectangular";
  static constexpr std::string_view summary = "g(x) = 1/width for |x| < width/2, compact support";

  double width = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("width", self.width, Range::positive, "a, threshold units");
  }

  double operator()(double x) const { return std::abs(x) < 0.5 * width ? 1.0 / width : 0.0; }
};

}  // namespace spikegrad
