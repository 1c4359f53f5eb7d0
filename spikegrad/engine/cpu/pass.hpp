// SPDX-License-Identifier: Apache-2.0
// A pass of the CPU engine: a plan, its packed parameters, and the tiles of its threads.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "spikegrad/engine/cpu/tile.hpp"
#include "spikegrad/engine/cpu/turnstile.hpp"
#include "spikegrad/engine/engine.hpp"

namespace spikegrad::cpu {

class CpuPass final : public Pass {
 public:
  /// Throws as Plan's constructor.
  CpuPass(const Objective& objective, const LearningSignal& signal, unsigned threads);

  void run(const Batch& batch, const BatchResults& results) override;
  std::size_t bytes(std::size_t samples) const override;

 private:
  std::size_t threads_for(std::size_t samples) const;
  void pack_parameters(const Batch& batch, const BatchResults& results, Run& run);
  void work(const Batch& batch, const BatchResults& results, const Run& run, Tile& tile,
            std::atomic<std::size_t>& next, Turnstile& turnstile);

  Objective objective_;
  Plan plan_;
  unsigned threads_;
  Buffer<float> packed_, transposed_, total_, decays_;  ///< parameters, and the sum of the gradient
  Buffer<std::int32_t> delay_steps_;
  Buffer<float> delay_numbers_;
  std::vector<std::unique_ptr<Tile>> tiles_;  ///< one a thread
};

}  // namespace spikegrad::cpu
