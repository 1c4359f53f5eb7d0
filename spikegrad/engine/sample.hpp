// SPDX-License-Identifier: Apache-2.0
// Samples: what a pass of either engine is given, and what it says of each. Nothing here owns what it refers
// to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/engine/draws.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/loss/loss.hpp"

namespace spikegrad {

/// Spikes of one input population in one sample: the units units[begin[t]] … units[begin[t+1] - 1] in step t.
/// A unit named twice in a step counts twice (its output is 2).
struct EventList {
  std::span<const std::uint32_t> begin;  ///< [steps + 1], not decreasing; begin[0] need not be 0
  std::span<const std::uint16_t> units;
};

/// Throws UserError where the list does not fit `steps` steps of `size` units.
SPIKEGRAD_EXPORT void check_events(const EventList& events, std::size_t steps, std::size_t size);

/// Outputs of one input population as numbers, [steps, size] row-major.
struct DenseValues {
  std::span<const double> values;
};

/// Throws UserError where there are not `size` of them.
SPIKEGRAD_EXPORT void check_values(std::span<const double> values, std::size_t size);

using SampleInput = std::variant<EventList, DenseValues>;

/// A model's fixed input as the inputs of a sample: a view of its grids, one for each input population.
SPIKEGRAD_EXPORT std::vector<SampleInput> views_of(const Network& network, const Input& input);

/// And back: the grids that the reference forward pass reads. Keeps their memory. Throws UserError where a
/// size does not fit.
SPIKEGRAD_EXPORT void fill_input(const Network& network, std::span<const SampleInput> inputs, Input& input);

/// Where numbers of a sample go, in the precision of whoever asks for them. Empty: not wanted.
using NumberSpan = std::variant<std::span<float>, std::span<double>>;

/// Those of sample k, of which each has `count`; empty where there are none.
inline std::span<const NumberSpan> of_sample(std::span<const NumberSpan> all, std::size_t k,
                                             std::size_t count) {
  return all.empty() ? all : all.subspan(k * count, count);
}

/// A spike that is decided, whatever its draw says: the flips of counterfactual estimators.
struct ForcedSpike {
  Slot slot;  ///< of a drawn population
  bool spike = false;
};

/// ℓ_k of one drawn spike, for signals with `credit`: ℓ_k f'(x_k) joins x̄ there.
struct SpikeCredit {
  Slot slot;
  double difference = 0.0;
};

/// One trial of one input and one loss.
struct Sample {
  std::span<const SampleInput> inputs;  ///< one for each input population, in the order of the model file
  const Loss* loss = nullptr;           ///< of the kind and population of the engine's objective
  std::uint32_t sample = 0, trial = 0;  ///< identity of its draws: the same one gives the same spikes
  double baseline = 0.0;                ///< b of signals with a score
  std::optional<ForcedSpike> forced = std::nullopt;
  std::span<const SpikeCredit> credits = {};
};

/// What a pass says of one sample.
struct SampleOutcome {
  double loss = 0.0;             ///< without the penalty
  std::uint32_t prediction = 0;  ///< class of the largest logit; 0 for a loss without classes
  double penalty = 0.0;          ///< of the regularisers

  /// L, what the gradient is the gradient of.
  double total() const { return loss + penalty; }
};

/// What a pass recorded of one sample, in the units' own order: for each population its outputs and
/// x = u - θ (readouts: u), both [steps, size]; inputs have no x.
struct SampleRecord {
  std::vector<Grid<float>> output, excess;
};

/// Sum of each population's outputs over units and steps, one row a sample (its spike count, for spikes).
using ActivityTable = Grid<double>;

}  // namespace spikegrad
