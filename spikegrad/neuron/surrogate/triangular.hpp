// SPDX-License-Identifier: Apache-2.0
// Triangular, or piecewise linear (S. K. Esser et al., PNAS 2016; G. Bellec et al., NeurIPS 2018):
//   g(x) = γ max(0, 1 - β|x|), zero beyond 1/β.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

#include "spikegrad/core/field.hpp"

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

  double operator()(double x) const { return gamma * std::max(0.0, 1.0 - beta * std::abs(x)); }
};

}  // namespace spikegrad
