// SPDX-License-Identifier: Apache-2.0
// What a run will take of memory, before it takes it.
#pragma once

#include <cstddef>

#include "spikegrad/export.hpp"

namespace spikegrad {

/// Bytes.
struct MemoryEstimate {
  std::size_t data = 0;  ///< the samples
  std::size_t parameters =
      0;                   ///< weights, gradients, what the optimiser remembers, a checkpoint being written
  std::size_t passes = 0;  ///< tapes and packed weights of all threads, as the engine has them
  std::size_t total() const { return data + parameters + passes; }
};

/// Bytes that the machine can give without swapping; 0 where it does not say.
SPIKEGRAD_EXPORT std::size_t available_memory();

/// Throws UserError, saying what to change, where the estimate is more than what is left besides the data,
/// which are in memory already.
SPIKEGRAD_EXPORT void check_memory(const MemoryEstimate& estimate, std::size_t available);

}  // namespace spikegrad
