// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// Settings of [training] and [augmentation] that differ from their defaults and change nothing beside the
/// others, one line each: a factor of a schedule that is not there, a split without validation, …
std::vector<std::string> unused_settings(const Model& model, const EstimatorInfo& estimator);

/// Would another trial of a sample be another sample of the gradient?
bool is_random(const Model& model, const EstimatorInfo& estimator);

}  // namespace spikegrad
