// SPDX-License-Identifier: Apache-2.0
// What spikegrad train makes of its options: one run (train_run.cpp), or a series of them (train_series.cpp).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/cli/engine_option.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/session.hpp"

namespace spikegrad::cli {

struct TrainOptions {
  Common common;
  ModelOptions model;
  EngineOption engine;
  std::string data, output, resume, start_from, folds;
  std::vector<std::string> seeds;
  std::optional<std::vector<std::size_t>> keep;
  RunSettings run;
};

/// The data of a run: where they were found, and what is to be said of them.
struct FoundData {
  DataFiles files;
  std::vector<std::string> notes;
  TrainingSession::Data data = nullptr;  ///< once read; the runs of a series share it

  TrainingSession::Data read(const Model& model);
};

/// The folder of a new run or series: -o, else runs/MODEL.
std::filesystem::path folder_of(const TrainOptions& options);

/// A run, or a series of runs, begins in a folder that holds neither. Throws UserError where it does.
void check_new(const std::filesystem::path& folder);

/// What would begin a run, where one goes on: throws UserError.
void refuse_new(const TrainOptions& options);

/// The model of a new run. Throws UserError where what it needs is not given.
Model load_new(const TrainOptions& options);

TrainingSession begin_run(const TrainOptions& options, FoundData& found);
TrainingSession resume_run(const TrainOptions& options, FoundData& found);

/// Trains to the end and prints it; gives the exit code. `again`: what --resume takes to go on.
int train_to_end(const TrainOptions& options, TrainingSession run, FoundData& found,
                 const std::string& again);

/// Begins or goes on with the runs of a series, one after the other; gives the exit code.
int train_series(const TrainOptions& options);

}  // namespace spikegrad::cli
