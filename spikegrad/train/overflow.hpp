// SPDX-License-Identifier: Apache-2.0
// A gradient that is not finite: where its numbers left their range, and what would keep them inside.
#pragma once

#include <string>

#include "spikegrad/engine/engine.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// Says of a batch whose gradient was not finite which unit overflows in which step, forward or backward, and
/// whether double precision would hold the numbers. Runs samples of the batch again, one by one.
std::string explain_overflow(const Model& model, const EstimatorInfo& estimator, Engine& engine,
                             EngineKind kind, const Batch& batch);

}  // namespace spikegrad
