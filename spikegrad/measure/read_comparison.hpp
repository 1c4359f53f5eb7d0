// SPDX-License-Identifier: Apache-2.0
// A comparison from its JSON (docs/file-formats.md), for work that goes on with what was measured before.
#pragma once

#include <string>

#include "spikegrad/measure/compare.hpp"

namespace spikegrad {

/// What to_json() wrote; null is NaN. Throws nlohmann::json::exception where it is something else.
Comparison comparison_from_json(const std::string& text);

}  // namespace spikegrad
