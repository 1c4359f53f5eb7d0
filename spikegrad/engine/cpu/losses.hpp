// SPDX-License-Identifier: Apache-2.0
// The loss of one sample of a tile, from its tape, and the signals it injects.
#pragma once

#include <cstddef>
#include <vector>

#include "spikegrad/engine/cpu/plan.hpp"
#include "spikegrad/engine/cpu/workspace.hpp"
#include "spikegrad/engine/sample.hpp"

namespace spikegrad::cpu {

/// Keeps its buffers from sample to sample.
class LossEvaluator {
 public:
  explicit LossEvaluator(const Plan& plan);

  /// Fills the signal (or direct) rows of the loss population for sample s, where `gradient`. Without `value`, a loss
  /// whose signals do not depend on its value may leave that out.
  SampleOutcome evaluate(const Sample& sample, std::size_t s, Workspace& space, bool gradient, bool value);

  /// In place of a loss: signals [steps, size] of sample s, where the plan takes them.
  void take(const NumberSpan& signals, std::size_t s, Workspace& space);

 private:
  SampleOutcome cross_entropy(const Sample& sample, std::size_t s, Workspace& space, bool gradient);
  SampleOutcome linear(const LinearLoss& loss, std::size_t s, Workspace& space, bool gradient, bool value);
  template <class T>
  void inject(std::span<const T> signals, std::size_t s, Workspace& space);
  SampleOutcome general(const Sample& sample, std::size_t s, Workspace& space, bool gradient);
  void fill_tape(std::size_t s, Workspace& space);

  const Plan& plan_;
  WeightGradientKernels kernels_;
  Network view_;  ///< the loss population alone, at its own index: what the losses of loss/ look at
  Tape<double> tape_;
  Signals signals_;
  std::optional<Loss> forced_loss_;
  std::vector<float> largest_;
  std::vector<std::uint32_t> largest_at_;
  std::vector<double> logits_;
};

}  // namespace spikegrad::cpu
