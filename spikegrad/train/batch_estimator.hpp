// SPDX-License-Identifier: Apache-2.0
// The estimators that train on batches: those of one forward and one backward pass, and counterfactual-k.
#pragma once

#include "spikegrad/engine/learning_signal.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

struct BatchEstimator {
  LearningSignal signal;
  bool running_baseline = false;  ///< b is the mean loss of the batches before; else 0
  std::size_t flips = 0;          ///< K of counterfactual-k; 0: one pass
};

/// The pass of [training] estimator. MultilayerSpiker's error of a target, (z - S)/Δu, is here the loss's
/// own, -∂L/∂u of the readout. Throws UserError for other estimators of several passes, or that need a
/// target.
BatchEstimator batch_estimator(const Model& model);

}  // namespace spikegrad
