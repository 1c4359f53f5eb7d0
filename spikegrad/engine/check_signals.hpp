// SPDX-License-Identifier: Apache-2.0
// What backward() takes as Batch::signals.
#pragma once

#include "spikegrad/engine/engine.hpp"

namespace spikegrad {

/// Throws UserError where the batch has signals that are not the coefficients of a linear loss of each sample.
void check_signals(const Objective& objective, const Batch& batch);

}  // namespace spikegrad
