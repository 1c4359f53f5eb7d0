// SPDX-License-Identifier: Apache-2.0
// The page of training runs, or of result directories: what `spikegrad report` and the Python package write.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/view/run_view.hpp"

namespace spikegrad {

struct PageSettings {
  RunViewSettings view = {};  ///< of runs
  std::vector<std::string> units =
      {};  ///< hidden units shown from trial to trial, as "h[3]"; none: the busiest
  /// Of runs: where their summary goes too, as CSV, or as LaTeX by the ending .tex; empty: nowhere.
  std::filesystem::path table = {};
  std::string command = {};  ///< that makes the page again
  /// Called before each run's folder is looked at, and after it with what was seen.
  std::function<void(const std::string& folder)> on_folder = {};
  std::function<void(const RunView&)> on_view = {};
};

/// Writes the page of the folders to `file`. Throws UserError where one is neither a run nor holds results, or
/// runs and results are mixed; for runs as view_run(); for results as write_report().
void write_page(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& file,
                const PageSettings& settings, Progress& progress);

}  // namespace spikegrad
