// SPDX-License-Identifier: Apache-2.0
// Spike data in the layout of the Spiking Heidelberg Digits [C], HDF5:
//
//   spikes/times    [samples] variable-length floats of any width, seconds, from 0 on
//   spikes/units    [samples] variable-length integers, from 0 on
//   labels          [samples] integers, places in extra/keys
//   extra/keys      [classes] strings, the names of the classes; optional: else the numbers up to the largest
//   extra/speaker   [samples] integers; optional: else not known
//   extra/channels  one integer, how many units there are; optional: else 700, as in SHD
#pragma once

#include <filesystem>
#include <string_view>

#include "spikegrad/core/isolation.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// Reads and checks the whole file, and bins it. Throws UserError, one line with the file and the place in
/// it, for what is missing, ragged, negative, not finite, beyond its range, or empty; with Isolation::child
/// also for a damaged file that crashes the HDF5 library.
SPIKEGRAD_EXPORT SpikeData read_spike_data(const std::filesystem::path& file, const BinningSettings& settings,
                                           Isolation isolation = Isolation::none);

/// "SHD training set", "SSC test set", …: the set whose numbers of samples, classes and channels these are,
/// or nothing.
SPIKEGRAD_EXPORT std::string_view official_set(std::size_t samples, std::size_t classes,
                                               std::size_t channels);

}  // namespace spikegrad
