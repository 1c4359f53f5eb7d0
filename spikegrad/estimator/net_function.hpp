// SPDX-License-Identifier: Apache-2.0
// A net as a function of its parameters and its input, for programs that differentiate what is around it: outputs of
// one population forward, and a vector-Jacobian product backward. Spikes pass the signal as an estimator of one pass
// has it: surrogate, smoothed, straight-through, mean-field, or one of the caller's.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/engine/engine.hpp"
#include "spikegrad/estimator/settings.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

struct NetFunctionSettings {
  std::string estimator = "surrogate";
  EstimatorSettings estimator_settings = {};
  EngineSettings engine = {};
  bool to_inputs = true;  ///< backward() gives gradients of the inputs too
};

/// Not to be shared between threads.
class SPIKEGRAD_EXPORT NetFunction {
 public:
  /// `output`: the population whose outputs are given: spikes, numbers, or potentials of a readout. Throws UserError
  /// where it is an input, or where the estimator needs more than a signal at the outputs.
  NetFunction(Network network, std::size_t output, const NetFunctionSettings& settings = {});
  NetFunction(const NetFunction&) = delete;
  NetFunction& operator=(const NetFunction&) = delete;
  ~NetFunction();

  const Network& network() const;
  std::size_t output() const;

  /// The losses of the samples are not looked at. outputs [samples], each [steps, size].
  void run(const Batch& batch, std::span<const NumberSpan> outputs);

  /// The same, and keeps what backward() needs, as far as the engine does: parameters and inputs must stay where they are.
  void forward(const Batch& batch, std::span<const NumberSpan> outputs);

  /// ∂L/∂outputs [samples], each [steps, size], of a batch that forward() or run() ran. Adds to gradient [parameter_count];
  /// sets input_gradients [samples, input populations], each [steps, size], or empty where it is not wanted.
  void backward(const Batch& batch, std::span<const NumberSpan> signals, std::span<double> gradient,
                std::span<const NumberSpan> input_gradients = {});

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace spikegrad
