// SPDX-License-Identifier: Apache-2.0
// Spike bits of numbers that are given as an array.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spikegrad::cpu {

/// bits[i / 8] gets bit i % 8 for each of `count` values that is not 0, and 0 behind the last, up to a
/// multiple of 16. True where all of them are 0 or 1; by the best instruction set the processor has.
bool spike_bits(const float* values, std::size_t count, std::uint8_t* bits);

}  // namespace spikegrad::cpu
