// SPDX-License-Identifier: Apache-2.0
// The memory of one thread: the tape of one tile of samples, and what its passes make beside it. All of it is allocated
// here, before any run.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "spikegrad/engine/cpu/buffer.hpp"
#include "spikegrad/engine/cpu/plan.hpp"

namespace spikegrad::cpu {

/// Steps whose random bits are made at once.
inline constexpr std::size_t random_steps = 32;

/// Where the signal that arrives at a population's outputs is kept.
enum class SignalRows : std::uint8_t {
  none,    ///< nothing arrives
  shared,  ///< all steps of the current sample
  single,  ///< the current step of each sample
  full     ///< all steps of each sample: the population of the loss
};

/// An Activity that is being made: places of one sample's lists.
struct ActivityRows {
  std::uint32_t* begin = nullptr;
  std::uint16_t* units = nullptr;
  float* values = nullptr;  ///< null where spikes alone are sent
};

/// Makes the arrays of a workspace, or only adds up what they would take.
struct Allocator {
  bool measures = false;
  std::size_t bytes = 0;

  template <class T>
  void operator()(Buffer<T>& buffer, std::size_t count) {
    bytes += count * sizeof(T);
    if (!measures) buffer = Buffer<T>(count);
  }
  /// A list with a place for every slot and step, of which only spikes touch the memory: a tenth of the slots, say.
  template <class T>
  void list(Buffer<T>& buffer, std::size_t count) {
    bytes += count * sizeof(T) / 10;
    if (!measures) buffer = Buffer<T>(count);
  }
  void zeros(Buffer<float>& buffer, std::size_t count) {
    (*this)(buffer, count);
    if (!measures) std::fill_n(buffer.data(), count, 0.0f);
  }
};

/// What the forward pass of one population leaves for the backward pass. Arrays over time are cut into panels (plan.hpp);
/// those of the tile hold sample after sample.
struct PopulationTape {
  PopulationTape(const Plan& plan, std::size_t population, Allocator& make);

  Buffer<float> excess;             ///< x, then D̄ (kernels.hpp)
  Buffer<float> output, pre_reset;  ///< where needed
  Buffer<float> kept;               ///< [samples][PopulationPlan::kept][steps · padded]
  Buffer<std::uint8_t> mask;        ///< spike bits [samples][steps][padded / 8]
  Buffer<std::uint32_t> begin;      ///< lists of active slots, as Activity has them
  Buffer<std::uint16_t> units;
  Buffer<float> values;
};

/// One population.
struct PopulationSpace : PopulationTape {
  PopulationSpace(const Plan& plan, std::size_t population, Allocator& make);

  std::size_t rows = 0, stride = 0;    ///< steps, and floats of one sample: steps · padded
  const float* kept_excess = nullptr;  ///< x where it is elsewhere, and not to be overwritten by D̄
  Buffer<float> first_effect;          ///< x̄, then D̃, where needed
  std::size_t mask_pitch = 0, index_stride = 0;
  Buffer<std::uint32_t> sorted_first;  ///< [size + 2]: UnitScatterArgs::first, behind a leading 0
  Buffer<SpikeTime> sorted_at;         ///< [samples · index_stride]

  Buffer<float> state, adj_state;  ///< [samples][state_size][padded]
  Buffer<float> last;              ///< [samples][padded]: outputs of the current step
  Buffer<float> adj_decays;        ///< [samples][most_filter_numbers][padded], where learned
  SignalRows signal_rows = SignalRows::none;
  Buffer<float> signal;
  Buffer<float> steady;  ///< [samples][padded]: a signal that is there in every step
  Buffer<float> dropout_scale,
      aside;                   ///< m of the slots [samples][drop_rows][padded]; signals not yet scaled by it
  Buffer<SignalEvent> events;  ///< [samples][size], where the signal may be sparse
  std::vector<std::size_t> event_counts;  ///< [samples]; above `size`: too many, and not listed
  Buffer<float> direct;                   ///< [samples][steps · padded]
  Buffer<std::uint32_t> random_bits,
      unit_random_bits;              ///< [panel][random_steps][width]; of one step in the order of the units
  std::vector<RowSource> sources;    ///< [samples][panels][dense_in]
  std::vector<ForwardArgs> forward;  ///< [samples][panels], and made once a tile, not once a step
  std::vector<BackwardArgs> backward;

  float* excess_of(std::size_t sample) { return excess.data() + sample * stride; }
  /// x, which `excess` no longer holds where D̄ is.
  const float* x_of(std::size_t sample) {
    return (kept_excess ? kept_excess : excess.data()) + sample * stride;
  }
  /// D̄, or what stands for it.
  float* drive_adjoint_of(std::size_t sample, DriveEffect effect) {
    const bool first = effect == DriveEffect::first && first_effect.size() > 0;
    return (first ? first_effect : excess).data() + sample * stride;
  }
  /// m of the slots in step t.
  float* dropout_scale_of(const PopulationPlan& population, std::size_t sample, std::size_t t) {
    const std::size_t row = population.drop_rows > 1 ? t : 0;
    return dropout_scale.data() + (sample * population.drop_rows + row) * population.padded;
  }
  std::uint8_t* mask_of(std::size_t sample) { return mask.data() + sample * rows * mask_pitch; }
  float* signal_of(std::size_t sample) {
    switch (signal_rows) {
      case SignalRows::none:
        return nullptr;
      case SignalRows::shared:
        return signal.data();
      case SignalRows::single:
        return signal.data() + sample * (stride / rows);
      case SignalRows::full:
        return signal.data() + sample * stride;
    }
    return nullptr;
  }
  /// What a slot sends in step t, before any dropout.
  float output_at(const PopulationPlan& population, std::size_t s, std::size_t t, std::size_t slot) const {
    const std::size_t at = s * stride + population.at(t, slot, rows);
    if (population.layer.fire == Fire::none) return excess[at];
    if (population.valued) return output[at];
    return static_cast<float>(mask[(s * rows + t) * mask_pitch + slot / 8] >> slot % 8 & 1);
  }
  /// Signals before any connection brings its own: the steady ones or 0, in all rows of sample s.
  void begin_signals(const PopulationPlan& population, std::size_t s);
  /// The same for `single` rows of the first `samples` samples.
  void begin_step_signals(const PopulationPlan& population, std::size_t samples);
  ActivityRows indices_of(std::size_t sample) {
    return {begin.data() + sample * (rows + 1), units.data() + sample * index_stride,
            values.size() ? values.data() + sample * index_stride : nullptr};
  }
  Activity activity_of(std::size_t sample) {
    const ActivityRows list = indices_of(sample);
    return {list.begin, list.units, list.values};
  }
};

/// What acts in a step to come, and what else does.
struct DelayedEvent {
  float value = 0;
  std::uint32_t next = 0;  ///< place + 1; 0: none
  std::uint16_t unit = 0;
};

/// What a connection with delays carries, in the steps in which it acts.
struct DelayTape {
  DelayTape(const Plan& plan, const ConnectionPlan& c, Allocator& make);

  /// What one sample's list holds; grows where an input has more events than units and steps.
  struct List {
    Buffer<std::uint32_t> begin;
    Buffer<std::uint16_t> units;
    Buffer<float> values;
  };
  std::vector<List> lists;  ///< [samples]
};

/// A connection with delays.
struct DelaySpace : DelayTape {
  /// `stepwise`: its source is in a loop.
  DelaySpace(const Plan& plan, const ConnectionPlan& c, bool stepwise, Allocator& make);

  void reserve(std::size_t sample, std::size_t events);
  float* signal_of(std::size_t sample) { return signal.data() + sample * signal_pitch; }

  Buffer<std::uint32_t> first;  ///< [steps]: of the current sample, place + 1 of an event that acts there
  Buffer<DelayedEvent> events;  ///< and all of them
  std::uint32_t event_count = 0;
  Buffer<float> signal;          ///< Σ_i w_ij D̄_i in panels of steps + 1 rows, the last one 0
  std::size_t signal_pitch = 0;  ///< 0: one for all samples
};

/// The tape of one tile between the two halves of a batch.
struct KeptTape {
  KeptTape(const Plan& plan, Allocator& make);

  std::vector<PopulationTape> populations;
  std::vector<DelayTape> delays;  ///< [connection]
};

struct Workspace {
  Workspace(const Plan& plan, Allocator& make);

  std::vector<PopulationSpace> populations;
  std::vector<std::vector<Activity>> activity;  ///< [sample][population]: what each sends
  std::vector<Buffer<float>> padded_delta;  ///< [connection]: D̄ of a step between zeros, of convolutions
  std::vector<DelaySpace> delays;           ///< [connection]
  Buffer<float> gradient;                   ///< packed, of the group that is being summed
};

/// What a tape that is kept takes, and a workspace.
std::size_t tape_bytes(const Plan& plan);
std::size_t workspace_bytes(const Plan& plan);

}  // namespace spikegrad::cpu
