// SPDX-License-Identifier: Apache-2.0
// What each estimator's gradient is worth on one problem: bias, variance, direction and cost against the
// truth.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spikegrad/core/provenance.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/measure/quality.hpp"
#include "spikegrad/measure/sampling.hpp"

namespace spikegrad {

/// smoothed: of the loss smoothed over the weights, a truth for nets that draw no spikes (smoothed_truth.hpp).
enum class TruthMethod : std::uint8_t { automatic, exact, monte_carlo, smoothed };

struct Comparison;

struct CompareSettings {
  std::vector<std::string> estimators = {};  ///< names; empty: all that the problem allows
  std::size_t samples = 1000;
  TruthMethod truth = TruthMethod::automatic;
  std::size_t truth_samples = 0;  ///< of a sampled truth; 0: 10 × samples. With TruthMethod::exact: UserError
  double sigma = 0.0;             ///< of a smoothed truth, in units of the parameters
  bool common_random_numbers = false;
  std::uint64_t seed = 1;
  unsigned threads = 0;
  Ranks* ranks = nullptr;  ///< processes that share the samples of each estimator; null: this one alone
  EstimatorSettings estimator = {};
  /// Estimators of the caller's, judged beside those of the registry (estimator/estimator_info.hpp).
  std::vector<EstimatorInfo> own = {};
  /// Called with what is measured so far: after the truth, and after each estimator. An exception of the
  /// progress (Interrupted) loses none of that.
  std::function<void(const Comparison&)> on_measured = {};
};

struct Comparison {
  GradientTruth truth;
  std::vector<EstimatorQuality> estimators;
  std::vector<std::pair<std::string, std::string>> refused;  ///< name, why
};

/// Throws UserError where `exact` does not fit (refuse_enumeration).
SPIKEGRAD_EXPORT GradientTruth true_gradient(const Problem& problem, const CompareSettings& settings = {},
                                             Progress& progress = no_progress());

/// Throws UserError for an unknown estimator name, a named one that the problem does not allow, one of the
/// caller's with a name that is taken, or a problem that is not sound (engine/problem.hpp).
SPIKEGRAD_EXPORT Comparison compare(const Problem& problem, const CompareSettings& settings = {},
                                    Progress& progress = no_progress());

/// The text of compare.json (docs/file-formats.md). Numbers that are not finite are null.
SPIKEGRAD_EXPORT std::string to_json(const Comparison& comparison, const Network& network,
                                     const std::optional<Provenance>& made = {});

/// A line for each estimator, and with `blocks` one for each of its parameter blocks too. Numbers that are not
/// finite are empty.
SPIKEGRAD_EXPORT std::string to_csv(const Comparison& comparison, const Network& network,
                                    bool blocks = false);

}  // namespace spikegrad
