// SPDX-License-Identifier: Apache-2.0
// Unit models. A model is a struct of settings with
//   kind, summary, fields      its name, one line for `list`, its settings
//   state_size                 numbers of state a unit keeps
//   output, timing             see unit/kind.hpp
//   time_constants, taus()     names and values of those it has
//   excess(state)              x = u - θ, from the state at the start of a step (same_step: after the drive
//                              came); θ is the threshold of the moment
//   advance(state, λ, D, S, R) the step; generic in the number type (timing next_step only). λ are the decays
//                              exp(-dt/τ) of the time constants; S is the unit's spike and R the same spike
//                              as the reset sees it, held constant where the reset is not differentiated
//   excess_adjoint, advance_adjoint   their adjoints, in double precision
// tests/neuron/unit_test.cpp checks every adjoint against dual numbers. A new model is one file in
// neuron/unit/, one line in the variant, one entry in the test.
#pragma once

#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "spikegrad/neuron/unit/alif.hpp"
#include "spikegrad/neuron/unit/binary.hpp"
#include "spikegrad/neuron/unit/input.hpp"
#include "spikegrad/neuron/unit/lif.hpp"
#include "spikegrad/neuron/unit/readout.hpp"

namespace spikegrad {

using Unit = std::variant<InputUnit, Lif, Binary, Readout, Alif>;

inline UnitOutput output_of(const Unit& unit) {
  return std::visit([](const auto& u) { return u.output; }, unit);
}
inline DriveTiming timing_of(const Unit& unit) {
  return std::visit([](const auto& u) { return u.timing; }, unit);
}
inline std::size_t state_size_of(const Unit& unit) {
  return std::visit([](const auto& u) { return u.state_size; }, unit);
}

/// Names of its time constants in model files.
inline std::span<const std::string_view> time_constants_of(const Unit& unit) {
  return std::visit([](const auto& u) { return std::span<const std::string_view>(u.time_constants); }, unit);
}

/// The LIF part of a unit that has one (current, potential, reset), or null.
inline const Lif* lif_of(const Unit& unit) {
  return std::visit(
      []<class U>(const U& u) -> const Lif* {
        if constexpr (std::is_base_of_v<Lif, U>)
          return &u;
        else
          return nullptr;
      },
      unit);
}
inline Lif* lif_of(Unit& unit) {
  return const_cast<Lif*>(lif_of(std::as_const(unit)));
}

}  // namespace spikegrad
