// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "spikegrad/core/hdf5.hpp"
#include "spikegrad/data/spike_data.hpp"

namespace spikegrad {

/// read_spike_data() (data/shd_file.hpp) of an open file, and in this process.
SpikeData read_spike_data(const hdf5::File& file, const BinningSettings& settings);

}  // namespace spikegrad
