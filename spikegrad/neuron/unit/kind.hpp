// SPDX-License-Identifier: Apache-2.0
// What the engines need to know of a unit model before they run it.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace spikegrad {

/// What a unit sends on: something given from outside, a spike (stochastic, deterministic or analog, as its
/// population says), or its potential.
enum class UnitOutput : std::uint8_t { given, spike, potential };

/// When the drive D_i[t] = Σ_j w_ij S_j[t] + b_i acts: not at all, on the state of the same step (units
/// without memory), or on the state of the next step.
enum class DriveTiming : std::uint8_t { none, same_step, next_step };

/// After a spike of the current-based LIF unit (docs/derivations.md, section 1); S is the spike, θ the
/// threshold:
///   multiplicative       u ← (λ_m u + (1-λ_m) I)(1 - S)
///   multiplicative_leak  u ← λ_m u (1 - S) + (1-λ_m) I
///   subtractive          u ← λ_m u + (1-λ_m) I - θ S
///   subtractive_leak     u ← λ_m (u - θ S) + (1-λ_m) I
///   none                 u ← λ_m u + (1-λ_m) I
enum class Reset : std::uint8_t { multiplicative, multiplicative_leak, subtractive, none, subtractive_leak };

/// Their names in model files, in the order of the values.
constexpr std::array<std::string_view, 5> names_of(Reset) {
  return {"multiplicative", "multiplicative-leak", "subtractive", "none", "subtractive-leak"};
}

/// A number of a unit's equations that can be learned as time constants are, by the name of its setting; an
/// update never moves it out of its range.
struct Gain {
  std::string_view name;
  double lowest, highest;
  bool is_threshold = false;  ///< θ, which is learned on its own
};

/// θ as one of them, always the last. Without a threshold above 0 a unit would spike without any drive.
inline constexpr Gain threshold_gain = {"threshold", 0.01, std::numeric_limits<double>::infinity(), true};

/// Time constants and gains of one unit, at most.
inline constexpr std::size_t most_filter_numbers = 5;

/// What a step gives back besides the adjoint of the state: ∂L/∂ of the spike, as far as it acts by more than
/// the reset; of the spike as the reset sees it; of each decay λ, and then of each gain.
template <class X>
struct StepAdjoint {
  X spike, reset;
  std::array<X, most_filter_numbers> decay;
};

/// What most unit models have in common; a model redefines what differs.
struct UnitDefaults {
  /// Their names in model files, and their values in s.
  static constexpr std::array<std::string_view, 0> time_constants = {};
  std::array<double, 0> taus() const { return {}; }
  /// Those of its numbers that can be learned besides, and their values.
  static constexpr std::array<Gain, 0> gains = {};
  std::array<double, 0> gain_values() const { return {}; }
  /// Whether it has a reset, through which derivatives may be told to pass.
  static constexpr bool resets = false;
  /// Whether the drive joins the state with the factor 1-λ of the first time constant, in place of 1.
  static constexpr bool filters_drive = false;
};

/// Numbers of the unit's filter: time constants and gains.
template <class U>
inline constexpr std::size_t filter_size = U::time_constants.size() + U::gains.size();

/// Whether its threshold can be learned, and where it then stands among the numbers of the filter.
template <class U>
constexpr bool learns_threshold() {
  if constexpr (U::gains.size() > 0) return U::gains.back().is_threshold;
  return false;
}
template <class U>
inline constexpr std::size_t threshold_place = filter_size<U> - 1;

/// What its equations take: λ = exp(-dt/τ) of each of the unit's time constants, then its gains.
template <class U>
std::array<double, filter_size<U>> decays_of(const U& unit, double dt) {
  std::array<double, filter_size<U>> numbers{};
  std::size_t k = 0;
  for (const double tau : unit.taus()) numbers[k++] = std::exp(-dt / tau);
  for (const double gain : unit.gain_values()) numbers[k++] = gain;
  return numbers;
}

}  // namespace spikegrad
