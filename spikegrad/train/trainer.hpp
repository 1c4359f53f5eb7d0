// SPDX-License-Identifier: Apache-2.0
// Training on one problem (one input, one loss): each epoch averages an estimator over trials and takes one
// step.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/model/settings.hpp"
#include "spikegrad/train/parameter_updater.hpp"

namespace spikegrad {

struct TrainerSettings {
  TrainingSettings training = {};  ///< `epochs` is the caller's business
  EstimatorSettings estimator = {};
  std::uint64_t seed = 1;  ///< of the draws
  unsigned threads = 0;    ///< 0: all
};

struct EpochMetrics {
  std::size_t epoch = 0;        ///< 1 for the first
  double loss = 0.0;            ///< mean over the trials, before the step
  double loss_std_error = 0.0;  ///< of that mean; 0 for one trial
  double gradient_norm = 0.0;
  double seconds = 0.0;
};

/// Owns the parameters and the state of estimators and optimisers; network, input and loss are views of the
/// caller's. The trials are split into a fixed number of runs whose sums are added in order, and every draw
/// is keyed by its epoch and trial, so that the result does not depend on the number of threads.
class Trainer {
 public:
  /// Throws UserError for an unknown estimator or optimiser, one that the problem does not allow, or settings
  /// out of range.
  Trainer(const Problem& problem, const TrainerSettings& settings);

  /// Samples of an epoch; 1 where neither the estimator nor the network has randomness.
  std::size_t samples_per_epoch() const { return samples_; }
  std::span<const double> parameters() const { return parameters_; }
  std::size_t epochs() const { return epochs_; }
  Problem problem() const { return {network_, parameters_, input_, loss_, regularisers_}; }

  /// Reports each sample. An epoch that is interrupted, or fails with UserError because the gradient is no
  /// longer finite, leaves the parameters as they were.
  EpochMetrics epoch(Progress& progress);

 private:
  struct Run {
    std::unique_ptr<Estimator> estimator;
    std::vector<double> gradient;  ///< sum over the run's samples
    std::vector<double> losses;
  };

  const Network& network_;
  const Input& input_;
  const Loss& loss_;
  std::span<const Regulariser> regularisers_;
  std::vector<double> parameters_, gradient_;
  ParameterUpdater updater_;
  std::uint64_t seed_;
  unsigned threads_;
  std::size_t samples_, epochs_ = 0;
  std::vector<Run> runs_;
};

}  // namespace spikegrad
