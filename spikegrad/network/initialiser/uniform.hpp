// SPDX-License-Identifier: Apache-2.0
// w uniform between low and high.
#pragma once

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/network/initialiser/distribution.hpp"

namespace spikegrad {

struct UniformInitialiser {
  static constexpr std::string_view kind = "uniform";
  static constexpr std::string_view summary = "w uniform from low to high";

  double low = -1.0;
  double high = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("low", self.low, Range::any, "smallest weight");
    visit("high", self.high, Range::any, "largest weight");
  }
  std::string_view invalid() const { return low <= high ? "" : "low must not be above high"; }

  WeightDistribution make(const Afferent&) const {
    return {WeightDistribution::Shape::uniform, 0.5 * (low + high), 0.5 * (high - low)};
  }
};

}  // namespace spikegrad
