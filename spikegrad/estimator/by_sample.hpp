// SPDX-License-Identifier: Apache-2.0
// Base of estimators that take a batch sample by sample on numbers of their own (all histories in turn,
// triples), in double precision whatever the engine.
#pragma once

#include "spikegrad/engine/problem.hpp"
#include "spikegrad/estimator/method.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// An enumeration visits spikes of probability below 1e-308, whose inverse would overflow: they count as this likely.
inline constexpr double least_probability = 1e-290;

class SPIKEGRAD_EXPORT BySample : public Estimator {
 public:
  explicit BySample(Engine& engine) : engine_(engine), forward_(engine.prepare({})) {}

  void gradient(const Batch& batch, const BatchResults& results) final;
  std::size_t bytes(std::size_t samples) const override { return forward_->bytes(samples); }

 protected:
  /// Adds one sample of the gradient of the problem and gives its loss and penalty. `draws` are the trial's.
  virtual SampleOutcome sample(const Problem& problem, Draws& draws, std::span<double> gradient) = 0;

 private:
  Engine& engine_;
  std::unique_ptr<Pass> forward_;  ///< predictions, activity, records: what a single trial does
  Input input_;
};

}  // namespace spikegrad
