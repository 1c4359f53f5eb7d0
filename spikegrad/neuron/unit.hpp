// SPDX-License-Identifier: Apache-2.0
// Unit models. A model is a struct of settings with
//   kind, summary, fields      its name, one line for `list`, its settings
//   state_size                 numbers of state a unit keeps
//   output, timing             see unit/kind.hpp
//   excess(state)              x = u - θ, from the state at the start of a step (same_step: after the drive
//   came) advance(state, D, S)       the step; generic in the number type (timing next_step only)
//   excess_adjoint, advance_adjoint   their adjoints, in double precision
// and, where it depends on dt, set_time_step(dt). tests/neuron/unit_test.cpp checks every adjoint against
// dual numbers. A new model is one file in neuron/unit/, one line in the variant, one entry in the test.
#pragma once

#include <variant>

#include "spikegrad/neuron/unit/binary.hpp"
#include "spikegrad/neuron/unit/input.hpp"
#include "spikegrad/neuron/unit/lif.hpp"
#include "spikegrad/neuron/unit/readout.hpp"

namespace spikegrad {

using Unit = std::variant<InputUnit, Lif, Binary, Readout>;

inline UnitOutput output_of(const Unit& unit) {
  return std::visit([](const auto& u) { return u.output; }, unit);
}
inline DriveTiming timing_of(const Unit& unit) {
  return std::visit([](const auto& u) { return u.timing; }, unit);
}
inline std::size_t state_size_of(const Unit& unit) {
  return std::visit([](const auto& u) { return u.state_size; }, unit);
}

}  // namespace spikegrad
