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

std::vector<double> rates_of(const Network& network, const TrainingSettings& settings) {
  std::vector<double> rates = settings.learning_rates;
  if (rates.empty()) rates.assign(network.blocks().size(), settings.learning_rate);
  if (rates.size() != network.blocks().size())
    throw UserError("training: " + std::to_string(rates.size()) +
                    " learning rates given, must be one for each of the " +
                    std::to_string(network.blocks().size()) + " parameter blocks");
  for (const double rate : rates)
    if (!contains(Range::non_negative, rate))
      throw UserError("training: a learning rate must be " + std::string(describe(Range::non_negative)));
  return rates;
}

}  // namespace

Trainer::Trainer(const Problem& problem, const TrainerSettings& settings)
    : network_(problem.network),
      input_(problem.input),
      loss_(problem.loss),
      parameters_(problem.parameters.begin(), problem.parameters.end()),
      gradient_(parameters_.size()),
      rates_(rates_of(problem.network, settings.training)),
      seed_(settings.seed),
      threads_(settings.threads) {
  const TrainingSettings& training = settings.training;
  const EstimatorInfo& estimator = find_estimator(training.estimator);
  const OptimiserInfo& optimiser = find_optimiser(training.optimiser);
  if (const std::string why = estimator.refuse(problem, settings.estimator); !why.empty())
    throw UserError("training: estimator '" + training.estimator + "' cannot be used on this model: " + why);
  if (const auto why = training.invalid(); !why.empty()) throw UserError("training: " + std::string(why));
  if (training.trials == 0) throw UserError("training: trials must be 1 or more");

  samples_ = estimator.deterministic || network_.stochastic_spike_count() == 0 ? 1 : training.trials;
  runs_.resize(std::min(samples_, most_runs));
  for (Run& run : runs_)
    run = {estimator.make(settings.estimator), std::vector<double>(parameters_.size()), {}};
  for (const ParameterBlock& block : network_.blocks())
    optimisers_.push_back(optimiser.make(training.optimiser_settings, block.size));
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

  for (std::size_t b = 0; b < optimisers_.size(); ++b) {
    const ParameterBlock& block = network_.blocks()[b];
    optimisers_[b]->step(rates_[b], std::span(gradient_).subspan(block.offset, block.size),
                         std::span(parameters_).subspan(block.offset, block.size));
  }
  ++epochs_;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return {epochs_, loss.mean()[0], loss.std_error()[0], length, elapsed.count()};
}

}  // namespace spikegrad
