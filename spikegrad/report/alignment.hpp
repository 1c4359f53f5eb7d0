// SPDX-License-Identifier: Apache-2.0
// How estimators point along the true gradient during a training, as a section of the report.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "spikegrad/figure/finding.hpp"

namespace spikegrad {

/// The section of the JSON of `compare RUN` (docs/file-formats.md): cosine, length and bias of every estimator over the
/// epochs, a panel for each block of parameters; a table of the last checkpoint. Throws nlohmann::json::exception if
/// the text is not as described.
FindingResult alignment_section(const nlohmann::ordered_json& alignment);

}  // namespace spikegrad
