// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/compare.hpp"

#include <algorithm>
#include <cmath>

#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/measure/smoothed_truth.hpp"

namespace spikegrad {
namespace {

// Identities of the draws: the truth has one that no estimator shares; estimators share one or have one each.
constexpr std::uint32_t truth_draws = 0xFFFFFFFFu;
constexpr std::uint32_t common_draws = 0;

}  // namespace

GradientTruth true_gradient(const Problem& problem, const CompareSettings& settings, Progress& progress) {
  check(problem);
  if (settings.truth == TruthMethod::exact && settings.truth_samples > 0)
    throw UserError("truth samples: an exact truth has none; the truth 'monte-carlo' is sampled");
  const bool fits = refuse_enumeration(problem.objective()).empty();
  if (settings.truth == TruthMethod::exact || (settings.truth == TruthMethod::automatic && fits)) {
    Expectation exact = exact_gradient(problem);
    return {"exact",
            std::to_string(exact.paths) + " spike histories enumerated",
            std::move(exact.gradient),
            {},
            exact.loss,
            0,
            {}};
  }
  const std::size_t samples = settings.truth_samples ? settings.truth_samples : 10 * settings.samples;
  if (settings.truth == TruthMethod::smoothed)  // every rank for itself: it is not split
    return smoothed_gradient(
        problem, settings.sigma,
        {.samples = samples, .seed = settings.seed, .sample = truth_draws, .threads = settings.threads},
        progress);
  const SampledGradient sampled =
      sample_gradient(problem, find_estimator(unbiased_estimator), settings.estimator,
                      {.samples = samples,
                       .seed = settings.seed,
                       .sample = truth_draws,
                       .threads = settings.threads,
                       .ranks = settings.ranks},
                      progress);
  GradientTruth truth{"monte-carlo",
                      std::to_string(sampled.gradient.count()) + " samples of the unbiased " +
                          std::string(unbiased_estimator),
                      sampled.gradient.mean(),
                      sampled.gradient.std_error(),
                      sampled.loss.mean()[0],
                      sampled.gradient.count(),
                      sampled.gradient.effective_samples()};
  if (truth.samples == 1 && sampled.noisy) truth.std_error.assign(truth.gradient.size(), std::nan(""));
  return truth;
}

namespace {

/// The registry's estimators and the caller's.
std::vector<const EstimatorInfo*> all_estimators(std::span<const EstimatorInfo> own) {
  std::vector<const EstimatorInfo*> all;
  for (const auto& list : {estimators(), own})
    for (const EstimatorInfo& info : list) {
      check(info);
      for (const EstimatorInfo* before : all)
        if (before->name == info.name)
          throw UserError("there are two estimators '" + std::string(info.name) +
                          "': give yours another name");
      all.push_back(&info);
    }
  return all;
}

}  // namespace

Comparison compare(const Problem& problem, const CompareSettings& settings, Progress& progress) {
  check(problem);
  Comparison result;
  std::vector<const EstimatorInfo*> chosen;
  const std::vector<const EstimatorInfo*> all = all_estimators(settings.own);
  for (const EstimatorInfo* info : all) {
    if (!settings.estimators.empty()) break;
    if (std::string why = info->refuse(problem.objective(), settings.estimator); why.empty())
      chosen.push_back(info);
    else
      result.refused.emplace_back(info->name, std::move(why));
  }
  for (const std::string& name : settings.estimators) {
    const EstimatorInfo& info = find_estimator(name, settings.own);
    if (const std::string why = info.refuse(problem.objective(), settings.estimator); !why.empty())
      throw UserError("estimator '" + name + "' cannot be used on this model: " + why);
    if (std::find(chosen.begin(), chosen.end(), &info) == chosen.end()) chosen.push_back(&info);
  }

  const auto tell = [&] {
    if (settings.on_measured) settings.on_measured(result);
  };
  result.truth = true_gradient(problem, settings, progress);
  tell();
  std::vector<std::size_t> sizes;
  for (const ParameterBlock& block : problem.network.blocks()) sizes.push_back(block.size);
  std::uint32_t identity = common_draws;
  for (const EstimatorInfo* info : chosen) {
    const SamplingSettings sampling{.samples = settings.samples,
                                    .seed = settings.seed,
                                    .sample = settings.common_random_numbers ? common_draws : ++identity,
                                    .threads = settings.threads,
                                    .ranks = settings.ranks};
    EstimatorInfo judged = *info;
    judged.unbiased = judged.unbiased && settings.truth != TruthMethod::smoothed;  // of another derivative
    result.estimators.push_back(judge(judged,
                                      sample_gradient(problem, *info, settings.estimator, sampling, progress),
                                      result.truth, sizes));
    tell();
  }
  return result;
}

}  // namespace spikegrad
