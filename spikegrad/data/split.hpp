// SPDX-License-Identifier: Apache-2.0
// Which samples train and which validate. The test set is another file and takes no part in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// Indices of samples, rising; together each sample once. Neither is empty.
struct Split {
  std::vector<std::uint32_t> training, validation;
};

/// Every `split_…` is a function of its arguments alone (draws keyed by seed and sample) and throws
/// UserError, naming the data, if a part would be empty or the fraction lies outside (0, 1).

/// round(fraction · samples) samples drawn without replacement validate.
SPIKEGRAD_EXPORT Split split_random(const SpikeData& data, double fraction, std::uint64_t seed);

/// The same within every class: round(fraction · samples of the class) validate.
SPIKEGRAD_EXPORT Split split_stratified(const SpikeData& data, double fraction, std::uint64_t seed);

/// All samples of the speakers given validate, and no other. Throws UserError also if speakers are not known,
/// or one of those given has no sample.
SPIKEGRAD_EXPORT Split split_by_speaker(const SpikeData& data,
                                        std::span<const std::uint16_t> validation_speakers);

/// As above, with speakers drawn until they hold at least `fraction` of the samples (never all speakers).
SPIKEGRAD_EXPORT Split split_by_speaker(const SpikeData& data, double fraction, std::uint64_t seed);

/// The samples given, in that order, as data of their own. Counts are those of all the data. Throws UserError
/// for a sample that is not there.
SPIKEGRAD_EXPORT SpikeData subset(const SpikeData& data, std::span<const std::uint32_t> samples);

}  // namespace spikegrad
