// SPDX-License-Identifier: Apache-2.0
// Binary unit: no memory and no delay, u[t] = Σ_j w_j S_j[t] + b with the outputs of the same step.
#pragma once

#include <cstddef>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/unit/kind.hpp"

namespace spikegrad {

struct Binary : UnitDefaults {
  static constexpr std::string_view kind = "binary";
  static constexpr std::string_view summary = "memoryless unit of the same step's outputs";
  static constexpr std::size_t state_size = 1;  // u, which is the drive itself
  static constexpr UnitOutput output = UnitOutput::spike;
  static constexpr DriveTiming timing = DriveTiming::same_step;

  double threshold = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("threshold", self.threshold, Range::any, "theta");
  }

  template <class T>
  T excess(const T* state) const {
    return state[0] - threshold;
  }
  void excess_adjoint(double adj_x, double* adj_state) const { adj_state[0] += adj_x; }
};

}  // namespace spikegrad
