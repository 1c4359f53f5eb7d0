// SPDX-License-Identifier: Apache-2.0
// Files that belong together: training, validation and test. What can be matched is matched, what cannot is
// refused, what is suspicious is said.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// Gives the labels the order of `names`, the classes of `whose`: by name, or by place where the names of one
/// of them are but numbers. Says what it did, or nothing where the classes were the same. Throws UserError
/// where a class with samples is not among the names.
SPIKEGRAD_EXPORT std::string match_classes(SpikeData& data, std::span<const std::string> names,
                                           const std::string& whose);

/// Throws UserError where the data have not as many channels as `whose`.
SPIKEGRAD_EXPORT void check_channels(const SpikeData& data, std::size_t channels, const std::string& whose);

/// The samples of both, those of the validation file last (SpikeData::validation_samples). Throws UserError
/// where time grid, channels or classes do not agree; `note` gets what match_classes() says.
SPIKEGRAD_EXPORT SpikeData with_validation(SpikeData training, SpikeData validation, std::string& note);

/// What was read, counted: "540 spikes in the file: 523 kept, 12 cropped (…), 5 merged (…)".
SPIKEGRAD_EXPORT std::string describe_counts(const SpikeData& data);

/// What looks like a mistake, one line each: most spikes after the last step, or all in the first few.
SPIKEGRAD_EXPORT std::vector<std::string> suspicions(const SpikeData& data);

}  // namespace spikegrad
