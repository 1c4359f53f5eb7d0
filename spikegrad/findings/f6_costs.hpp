// SPDX-License-Identifier: Apache-2.0
// Bias, variance and time of every estimator on one model, measured in blocks whose spread gives the errors.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "spikegrad/core/jackknife.hpp"
#include "spikegrad/findings/findings.hpp"
#include "spikegrad/measure/compare.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// One estimator's samples. The estimators take turns, block by block, so that a busy machine slows all of
/// them alike.
struct CostOfEstimator {
  const EstimatorInfo* info = nullptr;
  std::vector<SampledGradient> blocks;  ///< one where a sample holds no randomness

  /// Of all blocks but `skip`; the time per sample is the median of theirs.
  SampledGradient sampled(std::size_t skip) const;
  /// How good they are.
  EstimatorQuality quality(const GradientTruth& truth, std::size_t skip) const;
};

struct Costs {
  GradientTruth truth;
  double truth_length = 0.0, truth_std_error = 0.0;  ///< |truth|, and the length of its noise
  std::vector<CostOfEstimator> estimators;
  std::size_t blocks = 0;

  const CostOfEstimator& of(std::string_view name) const;
  EstimatorQuality quality(const CostOfEstimator& e) const { return e.quality(truth, blocks); }
};

/// Forward passes that one sample takes, by the estimator's definition (a pass with triples counts for ten):
/// with it the number of samples is set, so that it does not depend on the machine.
std::size_t forward_passes(const EstimatorInfo& info, const Problem& problem,
                           const EstimatorSettings& settings);

/// Ten blocks; `samples` of the cheapest estimators in each, fewer of the costlier ones.
Costs measure_costs(const Model& model, std::size_t samples, std::size_t truth_samples,
                    const FindingSettings& settings, const std::string& task, Progress& progress);

/// More blocks of the same, until there are `blocks`.
void add_blocks(Costs& costs, std::size_t blocks, const Model& model, std::size_t samples,
                const FindingSettings& settings, Progress& progress);

/// variance × time per sample / |truth|²: seconds until the relative error of a mean without bias is 1.
double work(const EstimatorQuality& q, double truth_length);

/// |mean - truth| / |truth| without the part that is noise.
Estimate relative_bias(const Costs& costs, const CostOfEstimator& e);

/// Noise of a component below this part of |truth| counts as this: the spread of samples says nothing of
/// spikes too rare to be among them.
inline constexpr double least_noise = 1e-4;

/// Of so many components.
struct LargestZ {
  double z = 0.0;
  std::size_t judged = 0;
  void merge(const LargestZ& other) {
    z = std::max(z, other.z);
    judged += other.judged;
  }
};

/// Largest |z| of the components from `first` to `last` - 1. Those whose standard error, or the truth's, rests on
/// fewer than enough_effective_samples are left out: z has no meaning there (measure/quality.hpp, "Tails").
LargestZ largest_z(const Costs& costs, const CostOfEstimator& e, std::size_t first, std::size_t last);

/// The same costs from blocks `first` to `last` - 1 alone.
Costs part_of(const Costs& costs, std::size_t first, std::size_t last);

}  // namespace spikegrad
