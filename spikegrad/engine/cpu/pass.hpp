// SPDX-License-Identifier: Apache-2.0
// A pass of the CPU engine: a plan, its packed parameters, and the tiles of its threads.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "spikegrad/engine/cpu/packing.hpp"
#include "spikegrad/engine/cpu/tile.hpp"
#include "spikegrad/engine/cpu/turnstile.hpp"
#include "spikegrad/engine/grouped_pass.hpp"

namespace spikegrad::cpu {

class CpuPass final : public GroupedPass {
 public:
  /// Throws as Plan's constructor.
  CpuPass(const Objective& objective, const LearningSignal& signal, unsigned threads);

  void run(const Batch& batch, const BatchResults& results) override;
  /// Keeps the tapes of all samples, up to most_kept bytes, for a backward() of the same batch that follows before the
  /// next forward(); any other backward() runs the trials again.
  void forward(const Batch& batch, const BatchResults& results) override;
  void backward(const Batch& batch, const BatchResults& results) override;
  std::size_t bytes(std::size_t samples) const override;

  void run_groups(const Batch& batch, const BatchResults& results) override;
  std::span<std::byte> sum() override;
  void add_groups(std::size_t first, std::size_t size) override;
  void give_sum(std::span<double> gradient) const override;
  std::size_t grouped_bytes(std::size_t samples) const override;

 private:
  static constexpr std::size_t most_kept = std::size_t{1} << 30;
  enum class Half : std::uint8_t { both, forward, backward };

  /// What a batch is known by while its caller keeps it: inputs and parameters by their places.
  struct Key {
    const SampleInput* inputs = nullptr;
    const double* parameters = nullptr;
    std::size_t samples = 0;
    std::uint64_t seed = 0;
    bool dropout = false;
    std::optional<double> done = {};

    bool operator==(const Key&) const = default;
  };
  static Key key_of(const Batch& batch);

  /// keep: the sums of the groups stay apart, in group_sums_.
  void run(const Batch& batch, const BatchResults& results, Half half, bool keep = false);
  void run_tile(const Run& run, std::span<const Sample> samples, const TileResults& results, Tile& tile,
                Half half);
  std::size_t threads_for(std::size_t samples) const;
  /// `packed`: the forward pass of the same batch has done its part of it.
  void pack_parameters(const Batch& batch, const BatchResults& results, Run& run, bool packed);
  void work(const Batch& batch, const BatchResults& results, const Run& run, Tile& tile,
            std::atomic<std::size_t>& next, Turnstile& turnstile, Half half, bool keep);

  Objective objective_;
  Plan plan_;
  unsigned threads_;
  Buffer<float> packed_, transposed_, total_, decays_;  ///< parameters, and the sum of the gradient
  Buffer<std::int32_t> delay_steps_;
  Buffer<float> delay_numbers_;
  SynapseParameters synapses_;                   ///< of the current run
  std::vector<Buffer<float>> group_sums_;        ///< of run_groups(), 0 but between it and add_groups()
  std::size_t group_count_ = 0;                  ///< of them in use
  std::vector<std::unique_ptr<Tile>> tiles_;     ///< one a thread
  std::vector<std::unique_ptr<KeptTape>> kept_;  ///< one for each tile of a batch
  std::optional<Key> kept_key_;                  ///< whose tapes these are
};

}  // namespace spikegrad::cpu
