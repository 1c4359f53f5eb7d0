// SPDX-License-Identifier: Apache-2.0
// The gradients of all estimators on one model, as a section of the report.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "spikegrad/figure/finding.hpp"

namespace spikegrad {

/// The section of one compare.json (docs/file-formats.md). Figures: each measure with one row an estimator; the
/// error reached in a given time; the mean gradients against the truth. Fields that older files lack may be
/// missing.
///
/// The floor of the frontier is the bias. It is 0 for an estimator that is unbiased by construction, whatever
/// its samples say; for the others it is sqrt(bias² - bias_std_error²) if the bias is larger than chance alone
/// would make it, all of them together, with 5 % (Bonferroni; the bound of measure/quality.hpp), else 0.
///
/// Throws nlohmann::json::exception if the file is not as described.
FindingResult comparison_section(const nlohmann::ordered_json& comparison);

/// The same, and a section of its blocks of parameters where there are some.
std::vector<FindingResult> comparison_sections(const nlohmann::ordered_json& comparison);

/// Of the file's provenance; without it the title names `source`.
RunInfo comparison_info(const nlohmann::ordered_json& comparison, const std::string& source);

}  // namespace spikegrad
