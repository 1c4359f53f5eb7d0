// SPDX-License-Identifier: Apache-2.0
// Spike-train matching (docs/derivations.md, section 12): the trainings behind F7 and what is measured of
// each.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "spikegrad/findings/findings.hpp"
#include "spikegrad/findings/seeds.hpp"
#include "spikegrad/measure/activity.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// How much is done.
struct MatchingPlan {
  std::size_t epochs = 0;
  std::size_t seeds = 5;  ///< independent repetitions of every method: weights, input pattern and draws
  std::vector<std::size_t> claim_seeds = {16, 28};  ///< at the looks at the claims, of their methods
  std::size_t curve_points = 20, curve_trials = 5;
  std::size_t activity_every = 4;  ///< spike statistics at the first point of so many, and at the last
  std::size_t statistics_trials = 50;
  std::vector<TrainingMethod> methods;
  std::vector<std::string> overrides = {};  ///< for all methods
};

/// What the trained (or untrained) net does: means over trials of net and input that stay the same.
struct MatchingSnapshot {
  double van_rossum = 0.0, squared_error = 0.0;
  ActivityStatistics hidden, output;
  std::vector<SpikeRaster> hidden_spikes = {}, output_spikes = {};  ///< [trial]; kept of the first seed only
};

/// Distances over the epochs, and the net before and after.
struct MatchingRun {
  std::vector<double> epochs, van_rossum, squared_error;
  std::vector<double> activity_epochs = {};
  std::vector<ActivityStatistics> hidden = {},
                                  output = {};  ///< at these epochs, of the trials of the distances
  MatchingSnapshot before, after;
  double seconds = 0.0;  ///< of one thread, training and measuring
};

struct MatchingMeasurement {
  std::vector<std::vector<MatchingRun>> runs;                  ///< [method][seed]
  std::vector<Model> models;                                   ///< [method], of the first seed
  Grid<double> target;                                         ///< [steps, units]
  double silent_van_rossum = 0.0, silent_squared_error = 0.0;  ///< distance of a net without spikes
};

/// The plan of F7: the paper's sizes, or those of a few minutes.
MatchingPlan matching_plan(bool full);

/// Trains every method with every seed (settings.seed, settings.seed + 1, …), the trainings side by side on
/// the threads, so that nothing depends on their number. Throws UserError for a picture that cannot be read.
MatchingMeasurement measure_matching(const MatchingPlan& plan, const FindingSettings& settings,
                                     Progress& progress);

/// Trains on, until the methods of the claim have `seeds` seeds.
void add_seeds(MatchingMeasurement& measured, std::size_t seeds, const MatchingPlan& plan,
               const FindingSettings& settings, Progress& progress);

/// Throws UserError for a target that cannot be read or does not fit.
void check_target(const MatchingPlan& plan, const FindingSettings& settings);

}  // namespace spikegrad
