// SPDX-License-Identifier: Apache-2.0
// Binary unit: no memory and no delay, u[t] = Σ_j w_j S_j[t] + b with the outputs of the same step.
#if !defined(SPIKEGRAD_BINARY_UNIT) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_BINARY_UNIT
#define SPIKEGRAD_BINARY_UNIT

#include <cstddef>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"
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
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

template <class X, class L>
SPIKEGRAD_INLINE X excess(const Binary& unit, const X* state, const L*) {
  return state[0] - unit.threshold;
}
template <class X>
SPIKEGRAD_INLINE void excess_adjoint(const Binary&, const X& adj_x, X* adj_state) {
  adj_state[0] = adj_state[0] + adj_x;
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
