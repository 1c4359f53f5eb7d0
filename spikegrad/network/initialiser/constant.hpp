// SPDX-License-Identifier: Apache-2.0
// Every weight the same.
#pragma once

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/network/initialiser/distribution.hpp"

namespace spikegrad {

struct ConstantInitialiser {
  static constexpr std::string_view kind = "constant";
  static constexpr std::string_view summary = "every weight = value";

  double value = 0.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("value", self.value, Range::any, "the weight");
  }

  WeightDistribution make(const Afferent&) const { return {WeightDistribution::Shape::normal, value, 0.0}; }
};

}  // namespace spikegrad
