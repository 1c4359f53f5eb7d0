// SPDX-License-Identifier: Apache-2.0
// Classification of labelled spike trains (docs/derivations.md, section 12): the trainings behind the second
// half of F7 and what is measured of each.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/data/binning.hpp"
#include "spikegrad/data/randman.hpp"
#include "spikegrad/findings/findings.hpp"
#include "spikegrad/findings/seeds.hpp"
#include "spikegrad/train/evaluation.hpp"
#include "spikegrad/train/metrics.hpp"

namespace spikegrad {

/// How much is done, on which data. Every method trains for all epochs of its model file; the weights of the
/// last are judged, so that nothing is selected.
struct ClassificationPlan {
  std::vector<TrainingMethod> methods;
  std::vector<std::string> overrides = {};  ///< for all methods
  std::size_t seeds = 5;  ///< of every method: weights, draws, and the data where they are generated
  std::vector<std::size_t> claim_seeds = {11, 16};  ///< at the looks at the claims, of their methods
  std::size_t trials = 2;                           ///< of every test sample of a stochastic net
  /// The spikes of the hidden units are judged on so many test samples, in so many trials each.
  std::size_t activity_samples = 16, activity_trials = 10;
  RandmanSettings randman = {};  ///< of the training samples; the seed is the repetition's
  std::size_t test_samples_per_class = 100;
  /// In place of randman: a file in the layout of SHD, or a folder with a *_train.h5 and a *_test.h5.
  std::optional<std::filesystem::path> data = {};
  double held_out = 0.2;  ///< share of a single file that is not trained on but judged
};

struct ClassificationRun {
  std::vector<SampleMetrics> training;  ///< [epoch]
  Evaluation before, after;             ///< on the test samples, as trained
  double swapped_accuracy = 0.0;        ///< the trained weights with spikes of the other kind
  double seconds = 0.0;                 ///< of one thread, training and judging
};

struct ClassificationMeasurement {
  std::vector<std::vector<ClassificationRun>> runs;  ///< [method][seed]
  std::vector<Model> models;                         ///< [method], of the first seed
  std::string data;                                  ///< what was trained and judged on, in words
  std::size_t classes = 0;
};

/// Of the hidden units, all populations that spike together: the mean over populations.
double hidden_fano(const Evaluation& evaluation);
double hidden_rate(const Evaluation& evaluation);
double hidden_cv(const Evaluation& evaluation);

/// The plan of F7: on `data` digits-recurrent.toml, or digits-conv.toml, the paper's net, in full; else on randman,
/// small or of the paper's size.
ClassificationPlan classification_plan(bool full, const std::optional<std::filesystem::path>& data);

/// Trains every method with every seed (settings.seed, settings.seed + 1, …), the trainings side by side on
/// the threads, so that nothing depends on their number. Throws UserError for data that cannot be read or do
/// not fit.
ClassificationMeasurement measure_classification(const ClassificationPlan& plan,
                                                 const FindingSettings& settings, Progress& progress);

/// Trains on, until the methods of the claim have `seeds` seeds.
void add_seeds(ClassificationMeasurement& measured, std::size_t seeds, const ClassificationPlan& plan,
               const FindingSettings& settings, Progress& progress);

/// How a model's data are binned.
BinningSettings binning_of(const Model& model);

/// Throws UserError for data that cannot be read or do not fit.
void check_data(const ClassificationPlan& plan, const FindingSettings& settings);

}  // namespace spikegrad
