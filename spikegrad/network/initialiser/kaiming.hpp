// SPDX-License-Identifier: Apache-2.0
// K. He, X. Zhang, S. Ren, J. Sun, ICCV 2015:  w ~ N(0, gain²/n), n the fan-in; gain √2 for rectified units.
#pragma once

#include <cmath>
#include <numbers>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/network/initialiser/distribution.hpp"

namespace spikegrad {

struct KaimingInitialiser {
  static constexpr std::string_view kind = "kaiming";
  static constexpr std::string_view summary = "w ~ N(0, gain^2/fan-in)";

  double gain = std::numbers::sqrt2;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("gain", self.gain, Range::positive, "gain");
  }

  WeightDistribution make(const Afferent& to) const {
    return {WeightDistribution::Shape::normal, 0.0, gain / std::sqrt(static_cast<double>(to.fan_in))};
  }
};

}  // namespace spikegrad
