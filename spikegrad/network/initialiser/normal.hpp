// SPDX-License-Identifier: Apache-2.0
// w ~ N(mean, std²).
#pragma once

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/network/initialiser/distribution.hpp"

namespace spikegrad {

struct NormalInitialiser {
  static constexpr std::string_view kind = "normal";
  static constexpr std::string_view summary = "w ~ N(mean, std^2)";

  double mean = 0.0;
  double std = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("mean", self.mean, Range::any, "mean");
    visit("std", self.std, Range::non_negative, "standard deviation");
  }

  WeightDistribution make(const Afferent&) const { return {WeightDistribution::Shape::normal, mean, std}; }
};

}  // namespace spikegrad
