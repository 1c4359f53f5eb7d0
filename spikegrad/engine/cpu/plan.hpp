// SPDX-License-Identifier: Apache-2.0
// A network laid out for the CPU engine: slots (units in the order of memory, padded to vectors), packed
// parameters, stages. Made once for a network, an estimator's learning signal, a loss and its
// regularisers.
//
// Slots of a population with several channels and positions go [position][channel], so that a convolution
// adds runs of channels; all others keep the order of the units. Arrays over time and slots are cut into
// panels of columns: panel k holds [steps][width_k], so that a loop over one panel walks through memory in
// order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "spikegrad/engine/cpu/kernels.hpp"
#include "spikegrad/engine/lowering.hpp"

namespace spikegrad::cpu {

/// Samples of a tile at most.
inline constexpr std::size_t largest_tile = 8;
/// Samples whose gradients are summed before they join the total; whole tiles fill it.
inline constexpr std::size_t samples_a_group = 32;

inline std::size_t padded_to_lanes(std::size_t n) {
  return (n + lane_block - 1) / lane_block * lane_block;
}

/// How a connection's delays are carried out.
enum class DelayKind : std::uint8_t {
  none,
  shared,  ///< all that it carries acts so many whole steps later
  each     ///< the slots of the source have their own: the connection has lists of its own
};

/// A learned time constant or gain of a population.
struct LearnedNumber {
  std::size_t number = 0, block = 0;  ///< place among the decays and gains; in the network's blocks
  std::size_t offset = 0;             ///< in the packed parameters
  bool shared = false;                ///< one for all units
};

struct PopulationPlan {
  std::size_t size = 0, channels = 1, positions = 1, row_count = 1;
  std::vector<std::uint32_t> unit_of_slot;  ///< empty: slot i is unit i
  std::size_t padded = 0;                   ///< slots, a multiple of lane_block
  std::size_t panel = 0;                    ///< columns of a panel (the last may be narrower)
  std::optional<std::size_t> input;         ///< index among the input populations
  LayerSpec layer;
  std::size_t lag = 0;  ///< D̄[t] stands in row t + lag: 1 for units whose drive acts in the next step
  bool sends = false;   ///< has outgoing connections, so that lists of its active units are made
  std::size_t sorted_steps = 0;  ///< steps whose spikes are sorted by unit for a weight gradient
  bool valued = false;           ///< its outputs are numbers, not spikes
  bool learns = false;           ///< some signal reaches its potentials, or the values of an input
  bool by_position = false;      ///< an input whose signals stand [position][channel], its events not
  bool drawn = false;            ///< its spikes are drawn
  bool drops = false;            ///< in training trials some of its units send nothing (dropout.hpp)
  std::size_t drop_rows = 1;     ///< of their factors: one for the trial, or one for each step
  bool first_effects = false;    ///< D̃ is kept beside D̄ (where they are not the same)
  bool direct = false;           ///< signals enter at its x as they are: a loss at x, or credits
  bool steady = false;           ///< a regulariser's signal enters at its outputs, the same in all steps
  bool sparse = false;           ///< a readout whose signals may be one event a slot: its largest potential
  std::vector<std::size_t> dense_in, conv_in;        ///< connections
  std::size_t outer_dense = 0, outer_conv = 0;       ///< those from outside the loop, which come first
  std::vector<std::size_t> delayed_in, delayed_out;  ///< with delays: from outside the loop; to others in it
  std::vector<std::size_t> signal_connections;       ///< outgoing connections through which a signal arrives
  std::optional<std::size_t> bias_block, bias_offset;  ///< in the parameters; in the packed ones
  bool bias_per_channel = false;
  std::size_t state_size = 0;  ///< numbers of state of a unit
  std::size_t decays = 0;      ///< general loop: offset of [decay_rows][padded] in the decays
  std::vector<LearnedNumber> learned;
  std::size_t kept = 0;  ///< general loop: numbers of each step that the backward pass needs (kept_numbers)

  std::size_t panels() const { return (padded + panel - 1) / panel; }
  std::size_t width(std::size_t k) const { return std::min(panel, padded - k * panel); }
  std::size_t unit(std::size_t slot) const { return unit_of_slot.empty() ? slot : unit_of_slot[slot]; }
  std::size_t slot(std::size_t unit) const {
    return unit_of_slot.empty() ? unit : unit % positions * channels + unit / positions;
  }
  /// Where in its block a slot's bias stands.
  std::size_t bias_place(std::size_t slot) const {
    return bias_per_channel ? unit(slot) / positions : unit(slot);
  }
  /// Where the signal of a slot of an input stands.
  std::size_t signal_slot(std::size_t slot) const {
    return by_position && slot < size ? slot % positions * channels + slot / positions : slot;
  }
  /// Where (row, slot) stands in an array of `rows` rows.
  std::size_t at(std::size_t row, std::size_t slot, std::size_t rows) const {
    const std::size_t k = slot / panel;
    return k * panel * rows + row * width(k) + slot % panel;
  }
  /// use(row, first, count, place) for each row of each panel of such an array: its slots from `first` on, `count` of
  /// which are units, stand one after the other from `place` on.
  template <class Use>
  void for_panel_rows(std::size_t rows, Use&& use) const {
    for (std::size_t k = 0; k < panels(); ++k) {
      const std::size_t first = k * panel, count = std::min(width(k), size - std::min(size, first));
      for (std::size_t row = 0; row < rows; ++row) use(row, first, count, at(row, first, rows));
    }
  }
};

/// A row of the source of a convolution, and one of the target that sees it by this row of taps.
struct ConvRows {
  std::size_t source = 0, target = 0, tap = 0;
};

/// In such a pair of rows, the source places first, first + stride, …: `rows` of them, reached by every
/// stride-th of the taps from `tap` on, `taps` of them; by the first from places at, at + 1, … of the padded D̄.
struct ConvBackwardData {
  std::size_t first = 0, rows = 0, tap = 0, taps = 0, at = 0;
};

struct ConnectionPlan {
  std::size_t from = 0, to = 0;
  std::optional<Window> conv = {};  ///< absent: dense
  bool by_unit = false;             ///< its weight gradient comes from spikes sorted by unit
  bool by_event = false;            ///< its backward-data product goes event by event, where they are few
  std::size_t block = 0;            ///< in the parameters; and the network's connection
  std::size_t weights = 0;          ///< offset in the packed parameters: dense [panel][pre][width], else
                                    ///< [in][rows][taps][padded out of a group], a row's taps from
                                    ///< first_tap on; then rows of zeros
  std::size_t weight_count = 0;
  std::optional<std::size_t> transposed =
      {};  ///< offset in the transposed weights: dense [post][padded pre], else
           ///< [row][column][out][padded in of a group]
  std::size_t transposed_pitch = 0;
  /// One of those that stand for a connection with delays of its synapses: the part of its weights that acts `delay`
  /// steps later (packing.hpp).
  bool of_synapses = false;
  DelayKind delay_kind = DelayKind::none;
  std::size_t delay = 0;          ///< shared: steps
  bool split = false;             ///< each: some act in two steps, with parts of their weight
  std::size_t delays = 0;         ///< each: place of the source's slots among all delays
  std::size_t signal_delays = 0;  ///< and of the same in the order in which their signals stand
  std::optional<std::size_t> delay_block = {}, delay_offset = {};  ///< learned: in the parameters; packed
  std::size_t out_padded = 0, taps = 0, first_tap = 0;             ///< conv
  std::size_t runs = 1, targets = 0;     ///< conv: of each source position; positions of a run
  std::vector<ConvStart> starts = {};    ///< conv: [slot of the source][run]
  std::vector<ConvRows> conv_rows = {};  ///< conv: where signals come back
  std::vector<ConvBackwardData> conv_backward_data = {};  ///< conv: and in each of these pairs of rows
  std::size_t columns_before = 0, columns_after = 0;      ///< conv: zeros around each row of a padded D̄
};

struct Plan {
  /// Throws UserError, naming the population, for what the engine cannot hold: more than 65,536 units.
  Plan(const Objective& objective, const LearningSignal& signal);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  /// The gradient depends on the value of the loss, or on outputs that the loss looks at.
  bool asks_for_loss() const {
    return lowering.signal.score || lowering.signal.credit || lowering.at_potential;
  }
  /// Signals can come as they are, without a loss.
  bool takes_signals() const { return !lowering.at_potential && !populations[loss_population].input; }

  const Network& network;
  Lowering lowering;
  std::vector<Regulariser> regularisers;
  std::size_t steps = 0;
  std::size_t loss_population = 0;
  std::vector<Stage> stages;  ///< sources before targets
  std::vector<PopulationPlan> populations;
  std::vector<ConnectionPlan> connections;
  std::size_t packed_count = 0, transposed_count = 0, decay_count = 0, delay_count = 0;
  std::size_t input_count = 0;
  bool loops_share = false;  ///< in some loop, samples side by side share the loads of recurrent weights
  std::size_t tile = 1;      ///< samples that go forward and backward together
};

}  // namespace spikegrad::cpu
