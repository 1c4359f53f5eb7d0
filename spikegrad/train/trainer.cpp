// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/statistics.hpp"

namespace spikegrad {
namespace {

/// Pieces into which an epoch's samples are split, whatever the number of threads: each holds a gradient.
constexpr std::size_t most_runs = 16;

}  // namespace

Trainer::Trainer(const Problem& problem, const TrainerSettings& settings)
    : network_(problem.network),
      input_(problem.input),
      loss_(problem.loss),
      regularisers_(problem.regularisers),
      parameters_(problem.parameters.begin(), problem.parameters.end()),
      gradient_(parameters_.size()),
      updater_(problem.network, settings.training),
      seed_(settings.seed),
      threads_(settings.threads) {
  const TrainingSettings& training = settings.training;
  const EstimatorInfo& estimator = find_estimator(training.estimator);
  if (const std::string why = estimator.refuse(problem, settings.estimator); !why.empty())
    throw UserError("training: estimator '" + training.estimator + "' cannot be used on this model: " + why);
  if (const auto why = training.invalid(); !why.empty()) throw UserError("training: " + std::string(why));
  if (training.trials == 0) throw UserError("training: trials must be 1 or more");

  samples_ = estimator.deterministic || network_.stochastic_spike_count() == 0 ? 1 : training.trials;
  runs_.resize(std::min(samples_, most_runs));
  for (Run& run : runs_)
    run = {estimator.make(settings.estimator), std::vector<double>(parameters_.size()), {}};
}

EpochMetrics Trainer::epoch(Progress& progress) {
  const auto start = std::chrono::steady_clock::now();
  const Problem here = problem();
  parallel_for(runs_.size(), threads_, [&](std::size_t r) {
    Run& run = runs_[r];
    std::fill(run.gradient.begin(), run.gradient.end(), 0.0);
    run.losses.clear();
    for (std::size_t s = samples_ * r / runs_.size(); s < samples_ * (r + 1) / runs_.size(); ++s) {
      CounterDraws draws(seed_, static_cast<std::uint32_t>(s), static_cast<std::uint32_t>(epochs_));
      run.losses.push_back(run.estimator->sample(here, draws, run.gradient));
      progress.advance();
    }
  });

  VectorMoments loss(1);
  std::fill(gradient_.begin(), gradient_.end(), 0.0);
  for (const Run& run : runs_) {
    for (const double value : run.losses) loss.add({&value, 1});
    for (std::size_t i = 0; i < gradient_.size(); ++i) gradient_[i] += run.gradient[i];
  }
  for (double& g : gradient_) g /= static_cast<double>(samples_);
  const double length = norm(gradient_);
  if (!std::isfinite(length))
    throw UserError("training: the gradient is not finite in epoch " + std::to_string(epochs_ + 1) +
                    "; a smaller learning rate may help");

  updater_.step(1.0, gradient_, parameters_);
  ++epochs_;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return {epochs_, loss.mean()[0], loss.std_error()[0], length, elapsed.count()};
}

}  // namespace spikegrad
