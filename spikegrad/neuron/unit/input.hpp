// SPDX-License-Identifier: Apache-2.0
// A unit whose output is given from outside: spikes (0 or 1) or values.
#pragma once

#include <cstddef>
#include <string_view>

#include "spikegrad/neuron/unit/kind.hpp"

namespace spikegrad {

struct InputUnit : UnitDefaults {
  static constexpr std::string_view kind = "input";
  static constexpr std::string_view summary = "output given from outside";
  static constexpr std::size_t state_size = 0;
  static constexpr UnitOutput output = UnitOutput::given;
  static constexpr DriveTiming timing = DriveTiming::none;

  template <class Self, class Visitor>
  static void fields(Self&, Visitor&&) {}
};

}  // namespace spikegrad
