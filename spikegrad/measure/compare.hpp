// SPDX-License-Identifier: Apache-2.0
// What each estimator's gradient is worth on one problem: bias, variance, direction and cost against the
// truth.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spikegrad/export.hpp"
#include "spikegrad/measure/sampling.hpp"

namespace spikegrad {

enum class TruthMethod : std::uint8_t { automatic, exact, monte_carlo };

struct Comparison;

struct CompareSettings {
  std::vector<std::string> estimators = {};  ///< names; empty: all that the problem allows
  std::size_t samples = 1000;
  TruthMethod truth = TruthMethod::automatic;
  std::size_t truth_samples = 0;  ///< of a Monte Carlo truth; 0: 10 × samples
  bool common_random_numbers = false;
  std::uint64_t seed = 1;
  unsigned threads = 0;
  EstimatorSettings estimator = {};
  /// Estimators of the caller's, judged beside those of the registry (estimator/estimator_info.hpp).
  std::vector<EstimatorInfo> own = {};
  /// Called with what is measured so far: after the truth, and after each estimator. An exception of the
  /// progress (Interrupted) loses none of that.
  std::function<void(const Comparison&)> on_measured = {};
};

/// dE[L]/dw, enumerated, or an unbiased estimate of it with its standard error.
struct GradientTruth {
  std::string method;  ///< "exact" or "monte-carlo"
  std::string detail;  ///< how many histories, or which estimator and how many samples
  std::vector<double> gradient;
  std::vector<double> std_error;  ///< empty where exact
  double loss = 0.0;              ///< E[L]
};

struct EstimatorQuality {
  std::string name;
  std::size_t samples = 0;
  std::vector<double> mean, std_error;
  double bias = 0.0;            ///< |mean - truth|
  double bias_std_error = 0.0;  ///< length that noise alone would give it (root mean square)
  double bias_corrected = 0.0;  ///< sqrt(max(0, bias² - bias_std_error²)): the noise taken out
  double variance = 0.0;        ///< trace, per sample
  double cosine = 0.0;          ///< of mean and truth
  double sign_agreement = 0.0;  ///< share of the truth's non-zero components whose sign the mean has
  double seconds_per_sample = 0.0;
};

struct Comparison {
  GradientTruth truth;
  std::vector<EstimatorQuality> estimators;
  std::vector<std::pair<std::string, std::string>> refused;  ///< name, why
};

/// Throws UserError where `exact` does not fit (refuse_enumeration).
SPIKEGRAD_EXPORT GradientTruth true_gradient(const Problem& problem, const CompareSettings& settings = {},
                                             Progress& progress = no_progress());

SPIKEGRAD_EXPORT EstimatorQuality judge(const EstimatorInfo& estimator, const SampledGradient& sampled,
                                        const GradientTruth& truth);

/// Throws UserError for an unknown estimator name, a named one that the problem does not allow, one of the
/// caller's with a name that is taken, or a problem that is not sound (engine/problem.hpp).
SPIKEGRAD_EXPORT Comparison compare(const Problem& problem, const CompareSettings& settings = {},
                                    Progress& progress = no_progress());

/// The text of compare.json (docs/file-formats.md). Numbers that are not finite are null.
SPIKEGRAD_EXPORT std::string to_json(const Comparison& comparison, const Network& network);

}  // namespace spikegrad
