// SPDX-License-Identifier: Apache-2.0
// An estimator on one problem, sample by sample, in double precision, with draws from anywhere: what
// measuring and enumerating need.
#pragma once

#include "spikegrad/engine/problem.hpp"
#include "spikegrad/engine/reference/engine.hpp"
#include "spikegrad/estimator/estimator.hpp"

namespace spikegrad {

/// Keeps the estimator's state from sample to sample. Not to be shared between threads.
class ProblemSampler {
 public:
  /// What the problem refers to must outlive it.
  ProblemSampler(const Problem& problem, const EstimatorFactory& make);
  ProblemSampler(const Problem& problem, const EstimatorInfo& info, const EstimatorSettings& settings = {})
      : ProblemSampler(problem, [&](Engine& engine) { return info.make(settings, engine); }) {}
  ProblemSampler(const ProblemSampler&) = delete;
  ProblemSampler& operator=(const ProblemSampler&) = delete;

  /// Adds one sample of the gradient to gradient [parameter_count] and gives the loss and penalty of its
  /// (first) trial. All randomness comes from `draws`: the same draws give the same sample.
  SampleOutcome outcome(Draws& draws, std::span<double> gradient);
  double sample(Draws& draws, std::span<double> gradient) { return outcome(draws, gradient).total(); }
  /// The same, the problem at other parameters.
  double sample_at(std::span<const double> parameters, Draws& draws, std::span<double> gradient);

  Estimator& estimator() { return *estimator_; }

 private:
  std::span<const double> parameters_;
  std::vector<SampleInput> inputs_;
  std::optional<double> done_;
  Sample sample_;
  ReferenceEngine engine_;
  std::unique_ptr<Estimator> estimator_;
};

}  // namespace spikegrad
