// SPDX-License-Identifier: Apache-2.0
// Parameters between the order of the model file and the order of the inner loops (plan.hpp). Pads are not
// written: they must be 0 before.
#pragma once

#include <span>
#include <vector>

#include "spikegrad/engine/cpu/plan.hpp"
#include "spikegrad/network/synapse_delays.hpp"

namespace spikegrad::cpu {

/// packed [plan.packed_count] from parameters [network.parameter_count()].
void pack(const Plan& plan, std::span<const double> parameters, float* packed);
/// The other way; pads are dropped.
void unpack(const Plan& plan, const float* packed, std::span<double> parameters);

/// What the parts of connections with delays of their synapses are made of: part k has the weights w c_k, and its
/// gradient G_k gives ∂L/∂w = Σ_k c_k G_k and ∂L/∂d = w Σ_k ∂c_k/∂d G_k (network/synapse_delays.hpp).
struct SynapseParameters {
  AllSynapseTaps<double> taps;
  std::vector<double> parameters;  ///< all of the network; empty where there are no such connections

  void assign(const Plan& plan, std::span<const double> all, TrainingShare done);
};
/// What they take.
std::size_t synapse_bytes(const Plan& plan);
void pack_synapses(const Plan& plan, const SynapseParameters& synapses, float* packed);
/// Adds to the gradient, where unpack() writes.
void unpack_synapses(const Plan& plan, const SynapseParameters& synapses, const float* packed,
                     std::span<double> gradient);

/// Transposed weights, for the products that take signals back [plan.transposed_count]; from those in the places of
/// the parameters.
void pack_transposed(const Plan& plan, std::span<const double> weights, const SynapseParameters& synapses,
                     float* transposed);

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
