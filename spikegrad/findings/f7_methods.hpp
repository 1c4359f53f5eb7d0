// SPDX-License-Identifier: Apache-2.0
// What both parts of F7 share: the training methods, and how a measured value is written.
#pragma once

#include <cstddef>
#include <string>

#include "spikegrad/core/jackknife.hpp"
#include "spikegrad/figure/text.hpp"

namespace spikegrad {

/// In the order of the models and runs of a measurement; frozen (hidden weights that do not learn) is of the
/// matching alone, annealed (slopes that grow) of the classification in full.
enum Method : std::size_t { stochastic, deterministic, multilayer, score, frozen, annealed = frozen };

inline std::string text(const Estimate& e) {
  return measured_text(e.value, e.std_error);
}

}  // namespace spikegrad
