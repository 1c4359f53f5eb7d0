// SPDX-License-Identifier: Apache-2.0
// spikegrad compare RUN: estimators along a training.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/cli/engine_option.hpp"

namespace spikegrad::cli {

/// Options of compare that speak of a run alone.
struct CompareRunOptions {
  EngineOption engine;
  std::string data, spikes, truth_estimator;
  std::vector<std::string> checkpoints;  ///< empty: all that there are
  std::optional<std::size_t> data_samples;

  void add_to(App& command);
  /// The first of these options that was given; empty: none.
  std::string given() const;
};

/// What compare has for models and runs alike.
struct CompareOutputs {
  JsonOption json;
  std::string csv, report;

  /// As check_outputs() does.
  void check(const std::vector<std::filesystem::path>& read) const;
  /// The page is made of the JSON.
  void write(const std::string& json_text, const std::string& csv_text) const;
};

struct CompareRunTask {
  std::string run;
  std::vector<std::string> overrides;  ///< of its model
  std::vector<std::string> estimators;
  std::optional<std::size_t> draws, truth_draws;
};

int compare_run(const CompareRunTask& task, const CompareRunOptions& options, const CompareOutputs& outputs,
                const Common& common);

}  // namespace spikegrad::cli
