// SPDX-License-Identifier: Apache-2.0
// A training run to be looked at: what its folder holds, and what its weights do on data, or on the model's
// own input.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/core/isolation.hpp"
#include "spikegrad/core/progress.hpp"
#include "spikegrad/model/flat_settings.hpp"
#include "spikegrad/train/evaluation.hpp"
#include "spikegrad/train/metrics.hpp"
#include "spikegrad/train/run_description.hpp"
#include "spikegrad/train/sample_trials.hpp"

namespace spikegrad {

struct RunViewSettings {
  /// Data to judge on, a file or a folder with a *_test.h5; none: the test file of the run.
  std::optional<std::filesystem::path> data = {};
  Isolation isolation = Isolation::none;  ///< of the reading of data
  EngineSettings engine = {};
  std::optional<std::uint64_t> seed = {};  ///< of the draws; none: the model's
  std::size_t trials = 1;                  ///< of every sample, for the accuracy
  std::size_t samples = 3;                 ///< shown spike by spike, of different classes
  std::size_t sample_trials = 20;          ///< of each of these, in stochastic nets
};

struct RunView {
  std::string name;       ///< the folder, as it was given
  std::string label;      ///< short, for legends
  RunDescription info;    ///< run.json
  FlatSettings settings;  ///< of the resolved model file
  Model model;
  std::vector<EpochMetrics> epochs;
  std::size_t kept_epoch = 0;  ///< whose weights these are; 0: none saved yet

  std::string missing = {};             ///< why there is no judgement; else empty
  std::string data = {};                ///< what it was judged on
  std::vector<std::string> notes = {};  ///< what was matched, or looks like a mistake, one line each
  std::vector<std::string> class_names = {};
  std::optional<Evaluation> judged = {};
  std::vector<SampleTrials> samples = {};
};

/// Throws UserError where the folder holds no run, or data that were asked for cannot be read or do not fit.
/// A run whose own test file is not there any more is shown without a judgement.
RunView view_run(const std::filesystem::path& folder, const RunViewSettings& settings, Progress& progress);

}  // namespace spikegrad
