// SPDX-License-Identifier: Apache-2.0
// One tile of samples: forward through all stages, the loss, backward through all stages, while its tape is
// in cache. One object per thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "spikegrad/engine/cpu/kernels.hpp"
#include "spikegrad/engine/cpu/losses.hpp"
#include "spikegrad/engine/cpu/penalties.hpp"
#include "spikegrad/engine/cpu/plan.hpp"
#include "spikegrad/engine/cpu/workspace.hpp"
#include "spikegrad/engine/sample.hpp"

namespace spikegrad::cpu {

/// Eight round keys of ARS-7 (core/ars.hpp), one population's.
using RoundKeys = std::array<std::uint32_t, 32>;

/// What all tiles of a run share.
struct Run {
  const float* packed = nullptr;      ///< parameters
  const float* transposed = nullptr;  ///< weights as backward-data products read them
  const float* decays = nullptr;      ///< of general loops
  const std::int32_t* delay_steps = nullptr;
  const float* delay_numbers = nullptr;  ///< both as of pack_delays()
  std::vector<RoundKeys> keys;           ///< one a population
  std::uint64_t seed = 0;
  bool dropout = false;  ///< populations with a dropout drop out
  bool gradient = true;
  bool value = true;                         ///< the loss itself is asked for, or the gradient depends on it
  std::span<const NumberSpan> signals = {};  ///< Batch::signals
};

/// Where a tile's results go: BatchResults of its own samples, but for the activity of all.
struct TileResults {
  std::span<SampleOutcome> outcomes;
  ActivityTable* activity = nullptr;
  std::size_t first = 0;  ///< its first sample in the batch
  std::span<SampleRecord> records;
  std::span<const NumberSpan> outputs, input_gradients;
};

class Tile {
 public:
  explicit Tile(const Plan& plan);

  /// Runs up to plan.tile samples; adds their gradient to gradient(). What is empty but the outcomes is not wanted.
  void run(const Run& run, std::span<const Sample> samples, const TileResults& results);

  /// Its two halves, the first of which gives no more than outputs. The tape stays in `kept`.
  void run_forward(const Run& run, std::span<const Sample> samples, const TileResults& results,
                   KeptTape& kept);
  void run_backward(const Run& run, std::span<const Sample> samples, const TileResults& results,
                    KeptTape& kept);

  /// Packed, summed over the runs since it was last cleared.
  float* gradient() { return space_.gradient.data(); }

 private:
  void begin(const Run& run, std::span<const Sample> samples);
  void finish(const Run& run, std::span<const Sample> samples, const TileResults& results);
  void give_outputs(std::size_t s, const NumberSpan& to);
  void take_inputs(std::span<const Sample> samples, bool checked = false);
  void drop_out(const Run& run, std::span<const Sample> samples);
  bool drops_out(std::size_t p) const { return dropout_ && plan_.populations[p].drops; }
  void take_values(std::size_t s, std::size_t p, const DenseValues& dense);

  // tile_forward.cpp
  void forward(const Run& run, std::span<const Sample> samples);
  void forward_whole(const Run& run, std::size_t s, const Sample& sample, std::size_t p);
  void forward_steps(const Run& run, std::size_t s, const Sample& sample, const Stage& stage);
  void prepare(const Run& run, std::size_t s, const Sample& sample, std::size_t p);
  void start(const Run& run, std::size_t s, const Sample& sample, std::size_t p);
  void gather_outer(const Run& run, std::size_t s, std::size_t p);
  void convolve(const Run& run, std::size_t s, std::size_t p, std::size_t begin, std::size_t end,
                std::span<const std::size_t> connections, bool clear);
  void integrate(const Run& run, std::size_t s, const Sample& sample, std::size_t p, std::size_t begin,
                 std::size_t end);
  void draw_random_bits(const Run& run, const Sample& sample, std::size_t p, std::size_t slot,
                        std::size_t begin, ForwardArgs& args);
  ConvArgs conv_args(std::size_t connection, std::size_t s, std::size_t begin, std::size_t end);
  const float* bias_of(const Run& run, std::size_t p, std::size_t slot) const;
  void lay_out_forward(const Run& run, std::size_t s, std::size_t p);
  void force_spike(const Sample& sample, std::size_t p, std::size_t slot, const ForwardArgs& args,
                   std::uint32_t* rows);

  // tile_delays.cpp
  Activity activity_of(std::size_t connection, std::size_t s);
  void begin_delays(std::size_t connection, std::size_t s);
  void delay_step(const Run& run, std::size_t connection, std::size_t s, std::size_t t);
  void delay_whole(const Run& run, std::size_t connection, std::size_t s);
  void delay_all(const Run& run, std::size_t p, std::size_t s);
  void clear_delayed_signals(std::size_t connection, std::size_t s, std::size_t begin, std::size_t end);
  void join_delayed_signals(const Run& run, std::size_t connection, std::size_t s, std::size_t begin,
                            std::size_t end);
  void add_delayed_gradient(const Run& run, std::size_t connection, std::size_t panel,
                            const UnitScatterArgs& scatter);
  void add_delay_gradient(const Run& run, std::size_t connection, std::size_t samples);

  // tile_spike_indices.cpp
  void add_spike_indices(std::size_t s, std::size_t p, std::size_t begin, std::size_t end);
  void add_analog_indices(std::size_t s, std::size_t p, std::size_t begin, std::size_t end);
  void drop_indices(std::size_t s, std::size_t p, std::size_t begin, std::size_t end);

  // tile_backward.cpp
  void take_credits(std::size_t s, const Sample& sample);
  void backward(const Run& run, std::size_t samples, std::span<const NumberSpan> input_gradients);
  void backward_whole(const Run& run, std::size_t p, std::size_t s);
  void gather_signals(const Run& run, std::size_t p, std::size_t s);
  void give_input_gradient(std::size_t p, std::size_t s, const NumberSpan& to);
  void backward_steps(const Run& run, const Stage& stage, std::size_t samples);
  void backward_panels(std::size_t p, std::size_t s, std::size_t begin, std::size_t end);
  void backward_windows(std::size_t p, std::size_t s);
  void take_first_effects(std::size_t p, std::size_t s);
  void lay_out_backward(const Run& run, std::size_t p, std::size_t s);

  // tile_backward_data.cpp
  struct SignalPlace {
    float* rows = nullptr;
    std::size_t steps = 0, sample_pitch = 0;  ///< rows of a panel; from sample to sample
  };
  SignalPlace signal_place(std::size_t connection, std::size_t s);
  void backward_data_dense(const Run& run, std::size_t connection, std::size_t s, std::size_t t,
                           std::size_t rows, bool over_samples, bool fresh);
  void backward_data_events(const Run& run, std::size_t connection, std::size_t s, bool fresh);
  void backward_data_conv(const Run& run, std::size_t connection, std::size_t s, std::size_t t);
  void set_aside_signals(std::size_t p, std::size_t s, std::size_t begin, std::size_t end);
  void join_signals(std::size_t p, std::size_t s, std::size_t begin, std::size_t end);

  // tile_gradients.cpp
  bool sort_by_unit(std::size_t p, std::size_t samples);
  void add_weight_gradients(const Run& run, std::size_t samples);
  void add_conv_gradient(std::size_t connection, std::size_t samples);
  void add_dense_gradient(const Run& run, std::size_t connection, std::size_t samples);
  void add_bias_gradient(std::size_t p, std::size_t samples);
  void add_filter_gradients(const Run& run, std::size_t samples);

  void count_activity(std::size_t s, std::span<double> sums);
  void record(std::size_t s, SampleRecord& record);

  const Plan& plan_;
  Kernels kernels_;
  Workspace space_;
  LossEvaluator losses_;
  PenaltyEvaluator penalties_;
  std::vector<double> advantage_;
  std::vector<float> of_units_;  ///< factors of one sample, in the order of the units
  bool dropout_ = false;         ///< of the current run
  std::vector<bool> sorted_;     ///< [population]: its spikes of this tile were sorted by unit
};

}  // namespace spikegrad::cpu
