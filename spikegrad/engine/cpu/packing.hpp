// SPDX-License-Identifier: Apache-2.0
// Parameters between the order of the model file and the order of the inner loops (plan.hpp). Pads are not
// written: they must be 0 before.
#pragma once

#include <span>

#include "spikegrad/engine/cpu/plan.hpp"

namespace spikegrad::cpu {

/// packed [plan.packed_count] from parameters [network.parameter_count()].
void pack(const Plan& plan, std::span<const double> parameters, float* packed);
/// The other way; pads are dropped.
void unpack(const Plan& plan, const float* packed, std::span<double> parameters);
/// Transposed weights, for the products that take signals back [plan.transposed_count].
void pack_transposed(const Plan& plan, std::span<const double> parameters, float* transposed);

/// Delays of the slots of connections whose units have their own [plan.delay_count]; moves, early, late are rows of
/// `numbers`, one after the other.
void pack_delays(const Plan& plan, std::span<const double> parameters, std::int32_t* steps, float* numbers);
inline SlotDelays delays_at(const Plan& plan, std::size_t place, const std::int32_t* steps,
                            const float* numbers) {
  const float* first = numbers + place;
  return {steps + place, first + plan.delay_count, first + 2 * plan.delay_count, first};
}
inline SlotDelays delays_of(const Plan& plan, const ConnectionPlan& c, const std::int32_t* steps,
                            const float* numbers) {
  return delays_at(plan, c.delays, steps, numbers);
}

/// Decays of the slots of populations with a general loop [plan.decay_count].
void pack_decays(const Plan& plan, std::span<const double> parameters, float* decays);

}  // namespace spikegrad::cpu
