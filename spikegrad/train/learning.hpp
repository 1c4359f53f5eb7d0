// SPDX-License-Identifier: Apache-2.0
// What of a network can learn at all, before it is trained: parameters without a gradient, rates of 0.
#pragma once

#include <string>
#include <vector>

#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// Parameter blocks to which the estimator gives no gradient, whatever the weights: no signal reaches the
/// potentials of their units (deterministic spikes under likelihood-type estimators, hidden layers under
/// pfister). None for an estimator of which that is not known (finite differences).
std::vector<std::string> blocks_without_gradient(const Model& model, const EstimatorInfo& estimator);

/// Parameter blocks whose learning rate is 0.
std::vector<std::string> frozen_blocks(const Model& model);

/// Throws UserError, naming the estimators that would do, where no block can learn though epochs are asked
/// for.
void check_learning(const Model& model, const EstimatorInfo& estimator);

/// One line for each reason why some parameters will stay as they are.
std::vector<std::string> learning_notes(const Model& model, const EstimatorInfo& estimator);

}  // namespace spikegrad
