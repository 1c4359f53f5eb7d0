// SPDX-License-Identifier: Apache-2.0
// The CPU engine: the pass of the reference engine for a batch of samples, in single precision, by tiles of a
// few samples that go forward and backward while their tape is in cache. Memory grows with the tile's tape
// and the parameters, not with the batch. Given the same draws it gives the same spikes, and gradients to
// float rounding.
#pragma once

#include <memory>
#include <string>

#include "spikegrad/engine/engine.hpp"

namespace spikegrad {

class CpuEngine final : public Engine {
 public:
  /// threads: 0: as many as the machine has.
  explicit CpuEngine(const Objective& objective, unsigned threads = 0);

  /// Throws UserError for a population of more than 65,536 units.
  std::unique_ptr<Pass> prepare(const LearningSignal& signal) override;
  std::size_t group_size() const override;
  unsigned threads() const override { return threads_; }

  /// The instruction set in use.
  static std::string instruction_set();

 private:
  unsigned threads_;
};

}  // namespace spikegrad
