// SPDX-License-Identifier: Apache-2.0
// Weights onto a readout [R]:  w ~ N(0, 1/n), n the fan-in.
#pragma once

#include <cmath>
#include <string_view>

#include "spikegrad/network/initialiser/distribution.hpp"

namespace spikegrad {

struct ReadoutInitialiser {
  static constexpr std::string_view kind = "readout";
  static constexpr std::string_view summary = "w ~ N(0, 1/fan-in)";

  template <class Self, class Visitor>
  static void fields(Self&, Visitor&&) {}

  WeightDistribution make(const Afferent& to) const {
    return {WeightDistribution::Shape::normal, 0.0, 1.0 / std::sqrt(static_cast<double>(to.fan_in))};
  }
};

}  // namespace spikegrad
