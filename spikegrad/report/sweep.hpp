// SPDX-License-Identifier: Apache-2.0
// A sweep of comparisons as a section of the report.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "spikegrad/figure/finding.hpp"

namespace spikegrad {

/// The section of the JSON of `compare --sweep` (docs/file-formats.md): relative bias, cosine and variance of every
/// estimator over the values of the first key, a panel for each value of the second. Throws
/// nlohmann::json::exception if the text is not as described.
FindingResult sweep_section(const nlohmann::ordered_json& sweep);

}  // namespace spikegrad
