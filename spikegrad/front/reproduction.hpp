// SPDX-License-Identifier: Apache-2.0
// The findings of the study, measured and kept in a folder: what `spikegrad reproduce` and the Python package do.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/figure/finding.hpp"
#include "spikegrad/findings/findings.hpp"

namespace spikegrad {

struct ReproductionSettings {
  FindingSettings findings = {};
  std::vector<std::string> only = {};  ///< ids of the findings; empty: all
  std::filesystem::path folder = "results";
  std::string command = {};  ///< that repeats the run
  /// Called before each finding, and after it, when it is written.
  std::function<void(const FindingInfo&)> on_begin = {};
  std::function<void(const FindingResult&)> on_result = {};
};

/// Measures the findings one after the other, and writes what there is after each: findings.json, figures.json and
/// report.html. Throws UserError, before the work, for all that can be seen to be wrong: unknown findings, files that
/// they cannot use, a folder with other findings.
Results reproduce(const ReproductionSettings& settings, Progress& progress);

}  // namespace spikegrad
