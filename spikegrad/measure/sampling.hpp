// SPDX-License-Identifier: Apache-2.0
// Repeated samples of one estimator: their mean, spread and cost.
#pragma once

#include <cstdint>
#include <vector>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/engine/problem.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

struct SamplingSettings {
  std::size_t samples = 1000;
  std::uint64_t seed = 1;
  std::uint32_t sample = 0;  ///< identity of the draws; estimators with the same one share their draws
  unsigned threads = 0;      ///< 0: all
  Ranks* ranks = nullptr;    ///< processes that share the work; null: this one alone
};

struct SampledGradient {
  VectorMoments gradient;
  VectorMoments loss{1};
  bool noisy = true;                ///< false: a sample holds no randomness, and is the expectation
  double seconds_per_sample = 0.0;  ///< processor time
};

/// Draws settings.samples samples; one is enough (and all that is drawn) where neither the estimator nor the
/// problem has randomness. The samples are split into a fixed number of runs, each with an estimator object
/// of its own, so the result does not depend on the number of threads, nor on that of ranks.
SPIKEGRAD_EXPORT SampledGradient sample_gradient(const Problem& problem, const EstimatorInfo& estimator,
                                                 const EstimatorSettings& estimator_settings = {},
                                                 const SamplingSettings& settings = {},
                                                 Progress& progress = no_progress());

}  // namespace spikegrad
