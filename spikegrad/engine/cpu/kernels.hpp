// SPDX-License-Identifier: Apache-2.0
// The inner loops of the CPU engine, each compiled once for every instruction set and chosen at run time.
// Plain structs of pointers: a chunk is `width` neighbouring slots (a multiple of 16) of one population and
// one sample; row t of an array with pitch P starts at base + t P.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "spikegrad/neuron/escape.hpp"
#include "spikegrad/neuron/spike_slope.hpp"
#include "spikegrad/neuron/surrogate.hpp"
#include "spikegrad/neuron/unit.hpp"

namespace spikegrad::cpu {

inline constexpr std::size_t lane_block =
    16;  ///< slots are padded to multiples of the widest vector (floats)

/// What one population sends in each step of one sample: units[begin[t]] … units[begin[t+1] - 1], ascending
/// for populations of the engine, any order and with repeats for inputs. values null: spikes, each worth 1.
struct Activity {
  const std::uint32_t* begin = nullptr;
  const std::uint16_t* units = nullptr;
  const float* values = nullptr;
};

enum class SlopeKind : std::uint8_t {
  zero,
  one,
  output,  ///< the unit's own output (MultilayerSpiker)
  escape,  ///< f'
  surrogate,
  own  ///< SpikeSlope
};

/// φ' of one population.
struct SlopeSpec {
  SlopeKind kind = SlopeKind::zero;
  Escape escape = {};
  Surrogate surrogate = {};
  SpikeSlope own = {};
};

enum class Fire : std::uint8_t { none, deterministic, stochastic, analog, clamped };

/// Which loop over the steps a population takes.
enum class LoopKind : std::uint8_t {
  memoryless,  ///< binary units: u = D at once
  uniform,     ///< LIF units and readouts whose constants are the same in all slots
  general      ///< any unit: each slot has its own decays, and the backward pass reads the state
};

/// One population's step.
struct LayerSpec {
  Unit unit = {};
  LoopKind loop = LoopKind::uniform;
  float leak = 0, gain = 0, decay = 0;  ///< λ_m, 1 - λ_m, λ_s of a uniform loop
  float threshold = 0;                  ///< of all slots
  Reset reset = Reset::none;            ///< of a uniform one
  Fire fire = Fire::none;
  bool keep_pre_reset = false;  ///< record λ_m u + (1-λ_m) I: the multiplicative reset's derivative needs it
  bool differentiate_reset = false;
  bool through_own = true;           ///< signals go back through its own adaptation
  std::size_t refractory_steps = 0;  ///< of a general loop
  bool own_threshold = false;        ///< of a general loop: each slot has its own θ, which is learned
  Escape escape = {};
  SlopeSpec slope = {};
};

/// What the backward pass of a general loop keeps of each step: the state before it, but for the number that x
/// gives back; then, where the drive is filtered, the drive that led to it.
inline std::size_t kept_numbers(const Unit& unit) {
  return std::visit([](const auto& u) { return u.state_size - 1 + (u.filters_drive ? 1 : 0); }, unit);
}

/// Decays and gains of each slot of a population with a general loop: rows of slots, one for each of them.
enum DecayRow : std::size_t {
  value_rows,                             ///< λ, or a gain
  complement_rows = most_filter_numbers,  ///< 1 - λ
  slope_rows =
      complement_rows + most_filter_numbers,  ///< dλ/d log τ, which turns ∂L/∂λ into ∂L/∂ log τ; or 1
  decay_rows = slope_rows + most_filter_numbers
};

/// Delays of the slots of a connection's source (network/delays.hpp).
struct SlotDelays {
  const std::int32_t* steps = nullptr;            ///< n
  const float *early = nullptr, *late = nullptr;  ///< 1 - φ, φ
  const float* moves = nullptr;                   ///< 1; 0 where a change of d changes nothing
};

/// Rows of a dense connection's weights, one for each presynaptic unit, from the chunk's first column on.
struct RowSource {
  Activity activity;
  const float* rows = nullptr;
  std::size_t pitch = 0;
};

/// rows[t] = what is there, where `add`, plus bias, plus the rows of the units active in step t.
struct GatherArgs {
  const RowSource* sources = nullptr;
  std::size_t source_count = 0;
  const float* bias = nullptr;  ///< [width] or null
  float* rows = nullptr;
  bool add = false;
  std::size_t pitch = 0, steps = 0, width = 0;
};

struct ForwardArgs {
  const LayerSpec* layer = nullptr;
  const RowSource* sources = nullptr;
  std::size_t source_count = 0;
  const float* bias = nullptr;  ///< [width] or null
  float* state = nullptr;       ///< [numbers of the unit's state][state_pitch], in and out
  std::size_t state_pitch = 0;
  float* last = nullptr;          ///< [width] output of the current step, in and out
  float* excess = nullptr;        ///< rows of x = u - θ
  bool drive_in_excess = false;   ///< the row to be written holds a part of the drive
  float* output = nullptr;        ///< rows of analog outputs, or null
  float* pre_reset = nullptr;     ///< rows, or null
  std::size_t pitch = 0;          ///< of excess, output, pre_reset and kept
  const float* decays = nullptr;  ///< general: the chunk's place in the first DecayRow
  std::size_t decays_pitch = 0;
  float* kept = nullptr;  ///< general, or null: [kept_numbers] times rows, kept_pitch apart
  std::size_t kept_pitch = 0;
  std::uint8_t* mask = nullptr;  ///< rows of spike bits
  std::size_t mask_pitch = 0;    ///< bytes
  const std::uint32_t* random_bits =
      nullptr;  ///< rows of random bits of the steps random_begin … random_end-1
  std::size_t random_pitch = 0, random_begin = 0, random_end = 0;
  std::size_t begin = 0, end = 0;  ///< steps whose drive is integrated
  std::size_t width = 0;
};

struct BackwardArgs {
  const LayerSpec* layer = nullptr;
  float* rows = nullptr;          ///< D̄: row t becomes D̄[t-1] (memoryless: D̄[t])
  const float* excess = nullptr;  ///< x, rows as of `rows`, which may be the same
  const float* output = nullptr;  ///< analog outputs or null
  const float* pre_reset = nullptr;
  std::size_t pitch = 0;
  const std::uint8_t* mask = nullptr;
  std::size_t mask_pitch = 0;
  const float* signal = nullptr;  ///< S̄ (potential's adjoint for readouts) or null
  std::size_t signal_pitch = 0;   ///< 0: one row, whatever t
  const float* direct = nullptr;  ///< x̄ injected as it is, or null
  std::size_t direct_pitch = 0;
  float advantage = 0;  ///< times d log P(S)/dx, where `score`
  bool score = false;
  float* adj_excess = nullptr;  ///< x̄ out, rows as of `rows`; or null
  bool cut = false;             ///< nothing goes back through the state of step `begin`
  float* adj_state = nullptr;   ///< as ForwardArgs::state
  std::size_t state_pitch = 0;
  const float* decays = nullptr;  ///< this and kept: as in ForwardArgs
  std::size_t decays_pitch = 0;
  const float* kept = nullptr;
  std::size_t kept_pitch = 0;
  float* adj_decays =
      nullptr;  ///< where learned: rows of ∂L/∂λ [most_filter_numbers][decays_pitch], added to
  std::size_t begin = 0, end = 0;  ///< steps end-1 … begin
  std::size_t width = 0;
};

/// dW[j] += D̄[t] S_j[t]; delta is the row of D̄[0].
struct ScatterArgs {
  Activity activity;
  float* rows = nullptr;
  std::size_t rows_pitch = 0;
  const float* delta = nullptr;
  std::size_t delta_pitch = 0;
  std::size_t steps = 0, width = 0;
};

/// ∂L/∂d_j += S_j[t] Σ_i w_ij (D̄_i[t + n + 1] - D̄_i[t + n]): what unit j sends in step t, with its delays, and a
/// panel of its targets.
struct DelayGradientArgs {
  Activity activity;  ///< not delayed
  SlotDelays delays;
  const float* rows = nullptr;  ///< weights, a row for each slot of the source
  std::size_t rows_pitch = 0;
  const float* delta = nullptr;  ///< row of D̄[0]
  std::size_t delta_pitch = 0;
  std::size_t steps = 0;      ///< rows of D̄; 0 beyond
  std::size_t width = 0;      ///< targets: any number
  float* gradient = nullptr;  ///< [slots of the source]
};

/// A spike in a list sorted by unit; one word, so that it is stored as one.
class SpikeTime {
 public:
  SpikeTime() = default;
  SpikeTime(std::size_t step, std::size_t sample) : word_(static_cast<std::uint32_t>(sample << 16 | step)) {}
  std::size_t step() const { return word_ & 0xFFFFu; }
  std::size_t sample() const { return word_ >> 16; }

 private:
  std::uint32_t word_;  ///< not set by a buffer that is made
};

/// The same for all samples of a tile, from spikes sorted by unit: those of unit j are at[first[j]] …
/// at[first[j + 1] - 1], by sample and step. A row of dW is then loaded and stored once for all spikes of a
/// unit, and its elements get the same additions in the same order as in ScatterArgs: the same bits.
struct UnitScatterArgs {
  const std::uint32_t* first = nullptr;  ///< [units + 1]
  const SpikeTime* at = nullptr;
  std::size_t units = 0;
  float* rows = nullptr;
  std::size_t rows_pitch = 0;
  const float* delta = nullptr;  ///< row of D̄[0] of the first sample
  std::size_t delta_pitch = 0, sample_pitch = 0;
  std::size_t width = 0;
};

/// The same where unit j acts n_j steps later, and in part one more: with B = Σ D̄[t + n] and A = Σ D̄[t + n + 1] over its
/// spikes, dW[j] += (1-φ) B + φ A, and ∂L/∂d_j += Σ_i w_ij (A - B)_i where learned.
struct DelayedScatterArgs {
  UnitScatterArgs scatter;
  SlotDelays delays;
  std::size_t steps = 0;            ///< rows of D̄; 0 beyond
  const float* weights = nullptr;   ///< learned: rows as of dW
  std::size_t targets = 0;          ///< learned: columns that are no pads
  float* delay_gradient = nullptr;  ///< learned: [units]
};

/// Signals that come back from delayed targets: S̄_j[t] += (1-φ_j) P_j[t + n_j] + φ_j P_j[t + n_j + 1] for t from begin
/// to end - 1, P = Σ_i w_ij D̄_i.
struct DelayedSignalArgs {
  SlotDelays delays;            ///< of the panel, in the order of the signals
  const float* rows = nullptr;  ///< P [steps + 1][width], the last row 0
  float* signal = nullptr;      ///< row of S̄[begin]
  std::size_t signal_pitch = 0;
  std::size_t begin = 0, end = 0, steps = 0;
  std::size_t width = 0;  ///< a multiple of 16
};

/// Places behind a list, and bytes behind the bits of the last step, that its making may touch.
inline constexpr std::size_t index_slack = 32;

/// Active units of the steps begin … end-1 from spike bits; the lists of the steps before are there.
struct SpikeIndicesArgs {
  const std::uint8_t* mask = nullptr;  ///< rows of spike bits
  std::size_t mask_pitch = 0, size = 0;
  std::size_t begin = 0, end = 0;
  std::uint32_t* starts = nullptr;  ///< Activity::begin
  std::uint16_t* units = nullptr;   ///< Activity::units
};

/// The largest element of each column, and the row of its first occurrence.
struct ColumnMaxArgs {
  const float* rows = nullptr;
  std::size_t pitch = 0, steps = 0, width = 0;
  float* largest = nullptr;     ///< [width]
  std::uint32_t* at = nullptr;  ///< [width]
};

/// Sum of the rows of delta (bias gradient).
struct ColumnSumArgs {
  float* sum = nullptr;
  const float* delta = nullptr;
  std::size_t delta_pitch = 0, steps = 0, width = 0;
};

/// C[m][n] (+)= Σ_k A[m][k] B[k][n], n < columns (a multiple of 16; B's columns beyond the true ones are 0).
/// Several taps: the sum of such products, of which each begins `a_step` before and `b_step` behind the one
/// before.
struct ProductArgs {
  bool fresh = false;  ///< C holds nothing yet
  const float* a = nullptr;
  std::size_t a_pitch = 0, rows = 0, inner = 0;
  const float* b = nullptr;
  std::size_t b_pitch = 0, columns = 0;
  float* c = nullptr;
  std::size_t c_pitch = 0;
  std::size_t taps = 1, a_step = 0, b_step = 0;
};

/// A signal that enters at the potential of a readout's slot in one step.
struct SignalEvent {
  std::uint32_t step = 0, slot = 0;
  float value = 0;
};

/// S̄ += D̄ W from a readout whose signals are few: since all its units filter alike, the rows of W of these
/// events are filtered in place of D̄.
struct EventProductArgs {
  const SignalEvent* events = nullptr;  ///< by falling step
  std::size_t count = 0;
  const LayerSpec* layer = nullptr;  ///< of the readout
  const float* b = nullptr;          ///< W as in ProductArgs, a row for each slot
  std::size_t b_pitch = 0;
  float* signal = nullptr;  ///< row of S̄[0]
  std::size_t pitch = 0, width = 0;
  std::size_t fresh = 0;  ///< rows that hold nothing yet and are all written; 0: what is there stays
};

/// Where a spike of one source slot goes: the weights of the first target of a run, and this target's slot.
struct ConvStart {
  std::uint32_t weight = 0, target = 0;
};

/// One convolution between slots laid out [position][channel]. A spike of slot j moves `runs` runs of `targets`
/// positions each, `out_pitch` slots apart, by weights `stride` rows of taps apart, the last first.
struct ConvArgs {
  Activity activity;
  const ConvStart* starts = nullptr;  ///< [source slot][run]
  std::size_t runs = 1, targets = 0, stride = 0, out_pitch = 0, out_padded = 0;
  std::size_t begin = 0, end = 0;  ///< steps
  const float* weights = nullptr;  ///< gather
  float* gradient = nullptr;       ///< scatter
  float* drive = nullptr;          ///< gather: row of D[0]
  bool clear = false;              ///< gather: the rows hold nothing yet
  const float* delta = nullptr;    ///< scatter: row of D̄[0]
  std::size_t pitch = 0;
};

/// Random bits of units 16 b … of steps begin … end-1 in the order of the units.
struct RandomBitsArgs {
  const std::uint32_t* round_keys = nullptr;  ///< 8 × 4 words, the whitening key first
  std::uint32_t sample = 0, trial = 0;
  std::size_t begin = 0, end = 0;
  std::size_t first_unit = 0, width = 0;  ///< multiples of 16
  std::uint32_t* random_bits = nullptr;   ///< row 0 for step `begin`
  std::size_t pitch = 0;
};

/// The loops, one group a source file, for the best instruction set the processor has.
struct ForwardKernels {
  const char* instruction_set;
  void (*gather)(const GatherArgs&);
  void (*start)(const ForwardArgs&);    ///< state 0, and the outputs of step 0
  void (*forward)(const ForwardArgs&);  ///< drives of begin … end-1, and each following step's outputs
};
struct BackwardKernels {
  void (*backward)(const BackwardArgs&);
  /// adj_excess: x̄ of the steps begin … end-1 in, and D̃ out (DriveEffect::first), in the rows in which D̄ stands.
  void (*first_effect)(const BackwardArgs&);
};
struct WeightGradientKernels {
  void (*scatter)(const ScatterArgs&);
  void (*unit_scatter)(const UnitScatterArgs&);
  void (*column_sum)(const ColumnSumArgs&);
  void (*column_max)(const ColumnMaxArgs&);
  void (*conv_gather)(const ConvArgs&);
  void (*conv_scatter)(const ConvArgs&);
  /// total += part; part = 0.
  void (*add_and_clear)(float* total, float* part, std::size_t count);
};
struct SpikeIndexKernels {
  void (*spike_indices)(const SpikeIndicesArgs&);
};
struct ProductKernels {
  void (*product)(const ProductArgs&);
  void (*event_product)(const EventProductArgs&);
};
struct DelayKernels {
  void (*delay_gradient)(const DelayGradientArgs&);
  void (*delayed_scatter)(const DelayedScatterArgs&);
  void (*delayed_signals)(const DelayedSignalArgs&);
};
struct RandomKernels {
  void (*random_bits)(const RandomBitsArgs&);
};
ForwardKernels forward_kernels();
BackwardKernels backward_kernels();
WeightGradientKernels weight_gradient_kernels();
SpikeIndexKernels spike_index_kernels();
ProductKernels product_kernels();
DelayKernels delay_kernels();
RandomKernels random_kernels();

struct Kernels : ForwardKernels,
                 BackwardKernels,
                 WeightGradientKernels,
                 SpikeIndexKernels,
                 ProductKernels,
                 DelayKernels,
                 RandomKernels {};
inline Kernels kernels() {
  return {forward_kernels(), backward_kernels(), weight_gradient_kernels(), spike_index_kernels(),
          product_kernels(), delay_kernels(),    random_kernels()};
}

}  // namespace spikegrad::cpu
