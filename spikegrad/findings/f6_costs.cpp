// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/f6_costs.hpp"

#include <algorithm>
#include <cmath>

#include "spikegrad/core/error.hpp"
#include "spikegrad/findings/experiment.hpp"

namespace spikegrad {

SampledGradient CostOfEstimator::sampled(std::size_t skip) const {
  SampledGradient merged{.gradient = VectorMoments(blocks.at(0).gradient.mean().size()),
                         .noisy = blocks[0].noisy};
  std::vector<double> seconds;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    if (b == skip && blocks.size() > 1) continue;
    merged.gradient.merge(blocks[b].gradient);
    seconds.push_back(blocks[b].seconds_per_sample);
  }
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  merged.seconds_per_sample = *middle;
  return merged;
}

EstimatorQuality CostOfEstimator::quality(const GradientTruth& truth, std::size_t skip) const {
  return judge(*info, sampled(skip), truth);
}

const CostOfEstimator& Costs::of(std::string_view name) const {
  for (const CostOfEstimator& e : estimators)
    if (e.info->name == name) return e;
  throw InternalError("no estimator '" + std::string(name) + "' was measured");
}

std::size_t forward_passes(const EstimatorInfo& info, const Problem& problem,
                           const EstimatorSettings& settings) {
  constexpr std::size_t triple = 10;
  const std::size_t parameters = problem.network.parameter_count();
  if (info.name == "counterfactual") return 1 + free_spike_count(problem) / 2;  // each from its own step on
  if (info.name == "counterfactual-k") return 1 + settings.counterfactuals;
  if (info.name == "finite-difference-crn") return 1 + 2 * parameters;
  if (info.name == "weight-perturbation") return 1 + 2 * settings.directions;
  if (info.name == "muprop") return 2;
  if (info.name == "disarm") return 2 + problem.network.steps() / 2;  // likewise
  if (info.name == "score-leave-one-out") return settings.group;
  if (info.name == "stochastic-triple") return triple * parameters;
  if (info.name == "stochastic-triple-direction") return triple;
  return 1;
}

Costs measure_costs(const Model& model, std::size_t samples, std::size_t truth_samples,
                    const FindingSettings& settings, const std::string& task, Progress& progress) {
  constexpr std::size_t blocks = 10;
  Costs costs;
  const Problem problem = model.problem();
  for (const EstimatorInfo& info : estimators())
    if (info.refuse(problem.objective(), model.estimator).empty())
      costs.estimators.push_back({.info = &info, .blocks = {}});

  Progress quiet;
  progress.start(task, blocks * costs.estimators.size() + 1);
  costs.truth = true_gradient(problem,
                              {.truth_samples = truth_samples,
                               .seed = settings.seed,
                               .threads = settings.threads,
                               .estimator = model.estimator},
                              quiet);
  costs.truth_length = norm(costs.truth.gradient);
  costs.truth_std_error = norm(costs.truth.std_error);
  progress.advance();
  add_blocks(costs, blocks, model, samples, settings, progress);
  return costs;
}

void add_blocks(Costs& costs, std::size_t blocks, const Model& model, std::size_t samples,
                const FindingSettings& settings, Progress& progress) {
  constexpr std::size_t fewest = 32;  // samples in a block
  const Problem problem = model.problem();
  Progress quiet;
  for (std::size_t b = costs.blocks; b < blocks; ++b)
    for (std::size_t k = 0; k < costs.estimators.size(); ++k) {
      CostOfEstimator& e = costs.estimators[k];
      progress.advance();
      if (b > 0 && e.info->deterministic) continue;
      const std::size_t passes = forward_passes(*e.info, problem, model.estimator);
      e.blocks.push_back(
          sample_gradient(problem, *e.info, model.estimator,
                          {.samples = std::max(fewest, 2 * samples / (1 + passes)),
                           .seed = settings.seed,
                           .sample = static_cast<std::uint32_t>(1 + b * costs.estimators.size() + k),
                           .threads = settings.threads},
                          quiet));
    }
  costs.blocks = std::max(costs.blocks, blocks);
}

double work(const EstimatorQuality& q, double truth_length) {
  return q.variance * q.seconds_per_sample / (truth_length * truth_length);
}

Estimate relative_bias(const Costs& costs, const CostOfEstimator& e) {
  if (e.blocks.size() < 2) {  // no noise but the truth's
    return {costs.quality(e).bias_corrected / costs.truth_length, costs.truth_std_error / costs.truth_length};
  }
  Estimate bias = jackknife(costs.blocks, [&](std::size_t skip) {
    return e.quality(costs.truth, skip).bias_corrected / costs.truth_length;
  });
  bias.std_error = std::hypot(bias.std_error, costs.truth_std_error / costs.truth_length);
  return bias;
}

LargestZ largest_z(const Costs& costs, const CostOfEstimator& e, std::size_t first, std::size_t last) {
  const VectorMoments sampled = e.sampled(costs.blocks).gradient;
  const auto& mean = sampled.mean();
  const auto std_error = sampled.std_error(), carried_by = sampled.effective_samples();
  const GradientTruth& truth = costs.truth;
  LargestZ largest;
  for (std::size_t i = first; i < last; ++i) {
    const bool exact = truth.std_error.empty();
    if ((!e.info->deterministic && carried_by[i] < enough_effective_samples) ||
        (!exact && truth.effective_samples[i] < enough_effective_samples))
      continue;
    const double noise = std::hypot(std_error[i], exact ? 0.0 : truth.std_error[i]);
    largest.merge(
        {std::abs(mean[i] - truth.gradient[i]) / std::max(noise, least_noise * costs.truth_length), 1});
  }
  return largest;
}

Costs part_of(const Costs& costs, std::size_t first, std::size_t last) {
  Costs part = costs;
  part.blocks = last - first;
  for (CostOfEstimator& e : part.estimators)
    if (!e.info->deterministic)
      e.blocks.assign(e.blocks.begin() + static_cast<std::ptrdiff_t>(first),
                      e.blocks.begin() + static_cast<std::ptrdiff_t>(last));
  return part;
}

}  // namespace spikegrad
