// SPDX-License-Identifier: Apache-2.0
// Unit models. A model is a struct of settings with
//   kind, summary, fields      its name, one line for `list`, its settings
//   state_size                 numbers of state a unit keeps
//   output, timing             see unit/kind.hpp
//   time_constants, taus()     names and values of those it has
//   gains, gain_values()       names, ranges and values of those of its other numbers that can be learned
//   resets                     whether its reset can be differentiated
//   driven, filters_drive      which number of the state the drive adds to, and whether with the factor 1-λ
//                              of the first time constant (timing next_step only)
// and whose equations are functions in spikegrad::equations (equations.hpp says how they are written):
//   excess(unit, state, λ)     x = u - θ, from the state at the start of a step (same_step: after the drive
//                              came); θ is the threshold of the moment
//   excess_adjoint(unit, x̄, s̄)   adds x̄ ∂x/∂state to the adjoint s̄ of the state
//   advance(unit, state, λ, S, R)   the state of the next step without the drive, which the engine adds to
//                              state[driven]: it sums the rows of W onto what is there. λ are the decays exp(-dt/τ) of the time constants, of which
//                              an equation takes λ times a number and complement(λ), 1 - λ; behind them the
//                              gains, of which it takes a product, and last the threshold θ; S is the unit's
//                              spike and R the same spike as the reset sees it, held constant where the
//                              reset is not differentiated
//   advance_adjoint(unit, state, λ, S, s̄)   s̄: adjoint of the next state in, of `state` (before the step)
//                              out. What comes in at s̄[driven] is the adjoint of the drive
// The last two only for timing next_step. tests/neuron/unit_test.cpp checks every adjoint against dual
// numbers. Both engines take x to be state[0] less a function of the rest, and find state[0] from x again. A
// new model is one file in neuron/unit/, two lines here, one entry in the test.
#include "spikegrad/neuron/unit/leaky.hpp"  // first: others use the equations of these
#include "spikegrad/neuron/unit/lif.hpp"
#include "spikegrad/neuron/unit/se_adlif.hpp"
//
#include "spikegrad/neuron/unit/adlif.hpp"
#include "spikegrad/neuron/unit/alif.hpp"
#include "spikegrad/neuron/unit/binary.hpp"
#include "spikegrad/neuron/unit/input.hpp"
#include "spikegrad/neuron/unit/integrate.hpp"
#include "spikegrad/neuron/unit/readout.hpp"

#ifndef SPIKEGRAD_UNIT
#define SPIKEGRAD_UNIT

#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace spikegrad {

using Unit = std::variant<InputUnit, Lif, Binary, Readout, Alif, SeAdlif, Adlif, Leaky, Integrate>;

inline UnitOutput output_of(const Unit& unit) {
  return std::visit([](const auto& u) { return u.output; }, unit);
}
inline DriveTiming timing_of(const Unit& unit) {
  return std::visit([](const auto& u) { return u.timing; }, unit);
}
inline bool has_reset(const Unit& unit) {
  return std::visit([](const auto& u) { return u.resets; }, unit);
}
inline std::size_t state_size_of(const Unit& unit) {
  return std::visit([](const auto& u) { return u.state_size; }, unit);
}

/// Names of its time constants in model files.
inline std::span<const std::string_view> time_constants_of(const Unit& unit) {
  return std::visit([](const auto& u) { return std::span<const std::string_view>(u.time_constants); }, unit);
}

/// What else of its numbers can be learned, the threshold last.
inline std::span<const Gain> gains_of(const Unit& unit) {
  return std::visit([](const auto& u) { return std::span<const Gain>(u.gains); }, unit);
}
inline std::size_t filter_size_of(const Unit& unit) {
  return time_constants_of(unit).size() + gains_of(unit).size();
}

inline bool has_learnable_threshold(const Unit& unit) {
  return std::visit([]<class U>(const U&) { return learns_threshold<U>(); }, unit);
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

namespace spikegrad::equations {

/// What the drive is multiplied by before it joins the state.
template <class U, class L>
auto drive_gain(const L* decay) {
  if constexpr (U::filters_drive)
    return complement(decay[0]);
  else
    return 1.0;
}

/// The whole step.
template <class U, class T, class L>
void advance(const U& unit, T* state, const L* decay, const T& drive, const T& spike, const T& reset_spike) {
  advance(unit, state, decay, spike, reset_spike);
  state[U::driven] = state[U::driven] + drive_gain<U>(decay) * drive;
}

}  // namespace spikegrad::equations
#endif
