// SPDX-License-Identifier: Apache-2.0
// A comparison as the lines that the command prints.
#pragma once

#include <string>

#include "spikegrad/measure/compare.hpp"

namespace spikegrad {

/// The truth, a row for each estimator (and with `blocks` for each of its parameter blocks), what the columns
/// mean, and whose errors cannot be trusted.
std::string comparison_text(const Comparison& comparison, const Network& network, bool blocks);

}  // namespace spikegrad
