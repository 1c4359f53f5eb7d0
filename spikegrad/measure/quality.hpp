// SPDX-License-Identifier: Apache-2.0
// How good a mean of gradient samples is against the truth, and whether its own error can be trusted.
//
// Bias. mean - truth is the bias plus noise e of covariance C. Whatever C, E|e|² = tr C, and for every x > 1.54
// |e|² exceeds x tr C most often where e has a single direction (G. J. Székely & N. K. Bakirov, Probab. Theory
// Relat. Fields 126, 2003). So |e| <= z sqrt(tr C) with 95 % or more for the z of one normal number, and by the
// triangle inequality | |mean - truth| ± z sqrt(tr C) | holds the length of the bias.
//
// Tails. The standard error of a mean is itself estimated, and says nothing of spikes too rare to be among the
// samples. effective_samples says how many of them carry the variance. (A Pareto fit of the largest samples,
// Vehtari et al., JMLR 25, 2024, was tried in its place. Gradients of spikes take few different values, of which
// it makes nothing: shape 0.31 where one of 20,000 samples carries 98 % of the variance, 0.86 where 3,000 do.)
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/export.hpp"

namespace spikegrad {

struct EstimatorInfo;
struct SampledGradient;

/// dE[L]/dw, enumerated, or an unbiased estimate of it with its standard error.
struct GradientTruth {
  std::string method;  ///< "exact" or "monte-carlo"
  std::string detail;  ///< how many histories, or which estimator and how many samples
  std::vector<double> gradient;
  std::vector<double> std_error;               ///< empty where exact
  double loss = 0.0;                           ///< E[L]
  std::size_t samples = 0;                     ///< behind the standard error
  std::vector<double> effective_samples = {};  ///< per component, as in GradientQuality; empty where exact
};

/// Components whose derivative is not 0, or not within its error of 0. A sign is resolved where truth and mean
/// are both beyond two standard errors (Student's t, the same probability), those to be trusted.
struct SignCount {
  std::size_t right = 0, wrong = 0, undecided = 0;
};

/// Of all components or a block of them. NaN: not to be said.
struct GradientQuality {
  double bias = 0.0;                         ///< |mean - truth|
  double bias_std_error = 0.0;               ///< length that noise alone would give it (root mean square)
  std::array<double, 2> bias_interval = {};  ///< that holds the bias itself with 95 %
  double bias_corrected = 0.0;               ///< sqrt(max(0, bias² - bias_std_error²)): the noise taken out
  double variance = 0.0;                     ///< trace, per sample
  double effective_samples =
      std::numeric_limits<double>::quiet_NaN();  ///< that carry the variance; NaN: there is no noise
  /// What a bias that is 0 by construction would reach by chance once in a thousand comparisons at most, in units
  /// of bias_std_error; NaN for estimators that may be biased.
  double chance = std::numeric_limits<double>::quiet_NaN();
  std::size_t unseen = 0;  ///< components with a derivative that were the same in all samples
  double cosine = 0.0;     ///< of mean and truth
  SignCount signs = {};
  double sign_agreement = 0.0;  ///< share of the resolved signs that are right
};

struct EstimatorQuality : GradientQuality {
  std::string name = {};
  bool unbiased = false;  ///< by construction (EstimatorInfo)
  bool noisy = true;      ///< false: a sample is the expectation
  std::size_t samples = 0;
  std::vector<double> mean = {}, std_error = {};  ///< std_error: NaN where it cannot be estimated
  std::vector<GradientQuality> blocks = {};       ///< of each of the network's parameter blocks
  double seconds_per_sample = 0.0;
};

/// With fewer than this many samples behind a variance its standard error is not trusted: it is off by a tenth
/// or more, and what it misses may be all.
inline constexpr double enough_effective_samples = 20.0;

/// Why the standard error of a mean of `samples` samples cannot be trusted; empty where it can.
SPIKEGRAD_EXPORT std::string doubt(const GradientQuality& quality, std::size_t samples);

/// `sizes`: of the parameter blocks, in order; none: no blocks.
SPIKEGRAD_EXPORT EstimatorQuality judge(const EstimatorInfo& estimator, const SampledGradient& sampled,
                                        const GradientTruth& truth, std::span<const std::size_t> sizes = {});

}  // namespace spikegrad
