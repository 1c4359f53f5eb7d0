// SPDX-License-Identifier: Apache-2.0
// counterfactual-k (estimator/counterfactual.hpp) for batches on the CPU engine: one forward pass to see
// which spikes there are, one with each chosen spike flipped, one forward and backward pass with the
// differences as credits. The flips are the reference estimator's, given the same identity of the draws.
#pragma once

#include <cstddef>
#include <vector>

#include "spikegrad/engine/cpu/engine.hpp"

namespace spikegrad {

class CpuCounterfactual {
 public:
  /// `count` is K. Throws as CpuEngine's constructor.
  CpuCounterfactual(const Network& network, const Loss& loss, std::size_t count, CpuSettings settings = {},
                    std::span<const Regulariser> regularisers = {});

  /// As CpuEngine::run(); without a gradient it is that. Records of a few groups of samples are held at a
  /// time, whatever the batch: floats for every output and potential of every step.
  void run(const CpuRun& run);

 private:
  struct Flip {
    std::size_t sample;  ///< in the part of the batch at hand
    SpikeCredit credit;  ///< its difference holds the choice's weight until the flipped loss is known
    bool spiked;
  };
  void run_part(const CpuRun& run, std::size_t first, std::size_t count);
  std::vector<Flip> choose(const BatchSample& sample, std::size_t index, std::uint64_t seed,
                           const SampleRecord& record) const;

  Network network_;
  std::size_t count_;
  unsigned threads_;
  CpuEngine engine_;
};

}  // namespace spikegrad
