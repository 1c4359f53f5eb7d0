// SPDX-License-Identifier: Apache-2.0
// What a run will take of memory, before it takes it.
#pragma once

#include <cstddef>

#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/train/data_trainer.hpp"

namespace spikegrad {

struct MemoryEstimate {
  std::size_t data = 0;  ///< bytes: spikes
  std::size_t parameters =
      0;                  ///< weights, gradients, what the optimiser remembers, a checkpoint in the making
  std::size_t tapes = 0;  ///< of all threads
  std::size_t total() const { return data + parameters + tapes; }
};

MemoryEstimate estimate_memory(const Model& model, const SpikeData& data, const EngineSettings& settings);

/// Bytes that the machine can give without swapping; 0 where it does not say.
std::size_t available_memory();

/// Throws UserError, saying what to change, where the estimate is more than what is left besides the data,
/// which are in memory already.
void check_memory(const MemoryEstimate& estimate, std::size_t available);

}  // namespace spikegrad
