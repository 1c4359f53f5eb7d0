// SPDX-License-Identifier: Apache-2.0
// Two-sided exponential (S. B. Shrestha & G. Orchard, SLAYER, NeurIPS 2018):  g(x) = exp(-β|x|), peak 1.
#pragma once

#include <cmath>
#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct ExponentialSurrogate {
  static constexpr std::string_view kind = "exponential";
  static constexpr std::string_view summary = "g(x) = exp(-beta |x|)";

  double beta = 10.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("beta", self.beta, Range::positive, "decay, 1/threshold");
  }

  double operator()(double x) const { return std::exp(-beta * std::abs(x)); }
};

}  // namespace spikegrad
