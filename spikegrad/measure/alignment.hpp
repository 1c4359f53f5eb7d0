// SPDX-License-Identifier: Apache-2.0
// How the gradients that estimators give on samples of a data set point against the true gradient of a stochastic
// net, parameter block by parameter block, on a fast engine. The truth is an unbiased estimator's mean over many draws;
// direction.hpp takes its noise out.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/engine/engine.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/measure/direction.hpp"

namespace spikegrad {

struct Alignment;

struct AlignmentSettings {
  /// Names; empty: all that may be biased and take one pass.
  std::vector<std::string> estimators = {};
  std::string truth = std::string(unbiased_estimator);  ///< an unbiased estimator
  std::size_t draws = 32;                               ///< of each estimator on each sample
  std::size_t truth_draws = 0;                          ///< 0: ten times as many
  std::uint64_t seed = 1;
  EngineSettings engine = {};
  EstimatorSettings estimator = {};
  /// Called with what is measured so far: after the truth, and after each estimator.
  std::function<void(const Alignment&)> on_measured = {};
};

/// Fewest draws that give an error: the jackknife leaves one out of pairs.
inline constexpr std::size_t fewest_draws = 4;

struct EstimatorAlignment {
  std::string name;
  bool unbiased = false;
  std::size_t draws = 0;  ///< 1 where a draw holds no randomness
  GradientDirection all = {};
  std::vector<GradientDirection> blocks = {};  ///< of each of the network's parameter blocks
  double seconds_per_draw = 0.0;               ///< wall time, all samples
};

struct Alignment {
  std::string truth;  ///< the unbiased estimator's name
  std::size_t truth_draws = 0, samples = 0;
  Estimate truth_length = {};  ///< |g|, g the mean over the samples; NaN where the noise hides it
  std::vector<Estimate> truth_lengths = {};  ///< of each block
  double loss = 0.0;                         ///< mean over samples and the truth's draws
  double accuracy = 0.0;                     ///< the same; NaN without labels
  std::vector<double> rates = {};            ///< of each population, Hz a unit
  double seconds = 0.0;                      ///< that the truth took
  std::vector<EstimatorAlignment> estimators = {};
  std::vector<std::pair<std::string, std::string>> refused = {};  ///< name, why
};

/// `samples` are those of the engine's objective. Throws UserError for a net that draws no spikes (there is no noise to
/// have a truth), for names that are not known or not allowed here, and a truth that is not unbiased.
SPIKEGRAD_EXPORT Alignment align(const Objective& objective, std::span<const double> parameters,
                                 std::span<const Sample> samples, const AlignmentSettings& settings = {},
                                 Progress& progress = no_progress());

/// Units of progress that align() reports.
SPIKEGRAD_EXPORT std::size_t alignment_work(const Objective& objective, std::size_t samples,
                                            const AlignmentSettings& settings);

}  // namespace spikegrad
