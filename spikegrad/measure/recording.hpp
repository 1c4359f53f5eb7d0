// SPDX-License-Identifier: Apache-2.0
// What every population of a net does in repeated trials of one input, kept as numbers: to be looked at, or to
// be handed to other programs. Nothing is clamped, nothing is learnt.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/engine/engine.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// What is kept of a population: what it sends on (spikes, values, a readout's potential), x = u - θ with the
/// threshold of the moment, or the potential u. Inputs have an output alone.
enum class Quantity : std::uint8_t { output, excess, potential };

constexpr std::array<std::string_view, 3> names_of(Quantity) {
  return {"output", "excess", "potential"};
}

/// One quantity of one population, and where its values go.
struct Recorded {
  std::size_t population = 0;
  Quantity quantity = Quantity::output;
  std::span<float> values = {};  ///< [trials, steps, units]
};

struct RecordingSettings {
  EngineSettings engine = {};
  std::size_t trials = 1;
  std::uint64_t seed = 1;
  std::uint32_t sample = 0xFFFFFFFEu;  ///< identity of the draws; not one that training uses
};

/// Runs the trials of one input, one SampleInput for each input population, and fills what is asked for.
/// `outcomes`: the loss of each trial [trials], or empty. Throws UserError where sizes do not match, an input
/// does not fit, or a quantity is asked of a population that has none. Reports each trial.
SPIKEGRAD_EXPORT void record(const Objective& objective, std::span<const double> parameters,
                             std::span<const SampleInput> inputs, std::span<const Recorded> recorded,
                             const RecordingSettings& settings = {}, std::span<SampleOutcome> outcomes = {},
                             Progress& progress = no_progress());

/// The same of a net without a loss.
SPIKEGRAD_EXPORT void record(const Network& network, std::span<const double> parameters,
                             std::span<const SampleInput> inputs, std::span<const Recorded> recorded,
                             const RecordingSettings& settings = {}, Progress& progress = no_progress());

}  // namespace spikegrad
