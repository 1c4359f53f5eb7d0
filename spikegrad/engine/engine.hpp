// SPDX-License-Identifier: Apache-2.0
// The interface of the engines. An engine runs passes: forward, and where a gradient is asked for backward,
// over a batch of samples. Estimators are written against it once, and so run on every engine:
//
//   engine/reference/   double precision, plain loops: the oracle; takes its draws from anywhere
//   engine/cpu/         single precision, vectors, threads: what trains
//
// The gradient is the sum over the samples of ∂L/∂w as the learning signal has it (learning_signal.hpp).
// With the loss `linear`, whose coefficients are ∂L/∂output, a pass is a vector-Jacobian product.
// Samples are summed in groups of group_size(), and the groups in the order of the batch. So its bits depend
// neither on the number of threads nor on a split of the batch at multiples of group_size().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "spikegrad/engine/learning_signal.hpp"
#include "spikegrad/engine/objective.hpp"
#include "spikegrad/engine/sample.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// What one run is about.
struct Batch {
  std::span<const double> parameters = {};  ///< [network.parameter_count()]
  std::span<const Sample> samples = {};
  std::uint64_t seed = 0;  ///< of the draws
  bool dropout = false;    ///< training trials, in which populations drop out (dropout.hpp)
  /// Of training trials: the share of the training that is done, from 0 to 1, on which widths of delays depend
  /// (network/synapse_delays.hpp). Empty: the net is judged, and such delays are whole steps.
  std::optional<double> done = {};
  /// Of Pass::backward() on a linear loss: ∂L/∂output, in place of the coefficients of the samples' losses [samples], each
  /// [steps, size].
  std::span<const NumberSpan> signals = {};
};

/// Where the results of a run go. Empty spans and null pointers are left out.
struct BatchResults {
  std::span<double> gradient = {};         ///< added to, [parameter_count]; empty: forward only
  std::span<SampleOutcome> outcomes = {};  ///< [samples]
  ActivityTable* activity = nullptr;       ///< becomes [samples, populations]
  std::span<SampleRecord> records = {};    ///< [samples]
  /// Outputs of the loss's population (spikes, values, potentials of a readout) [samples], each [steps, size].
  std::span<const NumberSpan> outputs = {};
  /// ∂L/∂(value of an input) [samples, input populations], each [steps, size]; of signals that go to the inputs
  /// (LearningSignal::to_inputs), in runs with a gradient.
  std::span<const NumberSpan> input_gradients = {};
};

/// A learning signal made ready to run. Keeps its buffers from run to run; not to be shared between threads.
class SPIKEGRAD_EXPORT Pass {
 public:
  virtual ~Pass() = default;
  /// Throws UserError where a sample does not fit the network, or sizes do not match.
  virtual void run(const Batch& batch, const BatchResults& results) = 0;
  /// The two halves of run(), for signals that are known only when the outputs are (vector-Jacobian products).
  /// forward() gives no gradients; backward(), of the same batch with the signals or with losses that have them, gives
  /// them and nothing else. The same draws give the same trial, so backward() may run it again.
  virtual void forward(const Batch& batch, const BatchResults& results);
  virtual void backward(const Batch& batch, const BatchResults& results);
  /// Memory that running `samples` samples takes, in bytes; at most, where it depends on the spikes.
  virtual std::size_t bytes(std::size_t samples) const = 0;
};

class SPIKEGRAD_EXPORT Engine {
 public:
  virtual ~Engine() = default;
  /// Throws UserError for what the engine cannot hold. The engine must outlive the pass.
  virtual std::unique_ptr<Pass> prepare(const LearningSignal& signal) = 0;
  /// Samples summed before they join the total.
  virtual std::size_t group_size() const = 0;
  virtual unsigned threads() const = 0;
  /// Samples of one run that keep busy all that works for this engine.
  virtual std::size_t samples_at_once() const { return threads() * group_size(); }
  /// The numbers of a sample's trial, for the choices that an estimator makes and for its own passes.
  virtual std::unique_ptr<Draws> draws(std::uint64_t seed, const Sample& sample) const;
  /// Factors m of what units send in a sample's trial (dropout.hpp) [unit_count], or [steps, unit_count] where
  /// they differ from step to step; empty: 1.
  virtual std::vector<double> dropout_scale(const Batch& batch, const Sample& sample) const;

  const Objective& objective() const { return objective_; }

 protected:
  /// Throws UserError where the objective is not sound: check().
  explicit Engine(const Objective& objective) : objective_(objective) { check(objective); }

 private:
  Objective objective_;
};

enum class EngineKind : std::uint8_t { cpu, reference };
constexpr std::array<std::string_view, 2> names_of(EngineKind) {
  return {"cpu", "reference"};
}

class Ranks;  // core/ranks.hpp

struct EngineSettings {
  EngineKind kind = EngineKind::cpu;
  unsigned threads = 0;    ///< 0: as many as the machine has
  Ranks* ranks = nullptr;  ///< processes over which batches are spread; null: this one alone
};

/// What `objective` refers to must outlive the engine, and so must the ranks.
SPIKEGRAD_EXPORT std::unique_ptr<Engine> make_engine(const Objective& objective,
                                                     const EngineSettings& settings);

/// Throws UserError where spans have the wrong size, or a sample the wrong number of inputs or a loss of
/// another kind or population than the objective's, or where there are signals. (Events are checked where they are read.)
SPIKEGRAD_EXPORT void check(const Objective& objective, const Batch& batch, const BatchResults& results);

}  // namespace spikegrad
