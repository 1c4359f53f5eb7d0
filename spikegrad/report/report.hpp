// SPDX-License-Identifier: Apache-2.0
// The HTML report: one file that needs nothing else, neither beside it nor from the network.
//
// A result directory holds findings.json and figures.json (spikegrad/figure/json.hpp), or a compare.json, or
// all three. Everything but the figures is plain HTML; the figures are drawn by plotly.js and assets/*.js,
// which are written into the page with their data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "spikegrad/export.hpp"
#include "spikegrad/figure/finding.hpp"

namespace spikegrad {

/// The page. With several results, each has its own heading. Throws InternalError for a figure that is not
/// consistent (see check(Figure)), UserError if the build carries no plotly.js.
SPIKEGRAD_EXPORT std::string render_report(const std::vector<Results>& results);

/// Writes findings.json, figures.json and report.html into `directory`, which is made if it is missing.
/// Throws UserError if that fails.
SPIKEGRAD_EXPORT void write_results(const std::filesystem::path& directory, const Results& results);

/// The ids of the findings in the directory's findings.json, in order; none if there is no such file. Throws
/// UserError if it is not what reproduce writes.
SPIKEGRAD_EXPORT std::vector<std::string> finding_ids(const std::filesystem::path& directory);

/// Reads what a result directory holds; compare.json becomes a section of its own. Throws UserError, naming
/// the file, if there is nothing to show, one of findings.json and figures.json is missing, or a file is not
/// what it should be.
SPIKEGRAD_EXPORT Results read_results(const std::filesystem::path& directory);

/// The results that a compare.json holds; `source` names it where it is wrong (UserError).
SPIKEGRAD_EXPORT Results comparison_results(const std::string& json, const std::string& source);

/// Reads the directories and writes the report of all of them to `file`.
SPIKEGRAD_EXPORT void write_report(const std::vector<std::filesystem::path>& directories,
                                   const std::filesystem::path& file);

}  // namespace spikegrad
