// SPDX-License-Identifier: Apache-2.0
// When and where a result was made, for its reader.
#pragma once

#include <string>

namespace spikegrad {

/// The processor's name where the system tells it, and how many threads it runs.
std::string machine();

}  // namespace spikegrad
