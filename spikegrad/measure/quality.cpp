// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/quality.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spikegrad/core/quantile.hpp"
#include "spikegrad/measure/sampling.hpp"

namespace spikegrad {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double rounding = 1e-12;  // of a gradient's length: below it a component is a rounded 0

/// A mean and what its samples say of its error.
struct Mean {
  std::span<const double> value, std_error, effective_samples;  // the last two empty: no noise
  double length = 0.0;                                          // of all of `value`
  double two_errors = 0.0;                                      // in standard errors

  bool noisy() const { return !std_error.empty(); }
  double error(std::size_t i) const { return noisy() ? std_error[i] : 0.0; }
  bool same_in_all_samples(std::size_t i) const { return noisy() && effective_samples[i] == 0.0; }
  /// Is it told apart from 0?
  bool resolved(std::size_t i, std::size_t samples) const {
    if (std::abs(value[i]) <= rounding * length) return false;
    if (!noisy()) return true;
    if (same_in_all_samples(i)) return static_cast<double>(samples) >= enough_effective_samples;
    return effective_samples[i] >= enough_effective_samples && std::abs(value[i]) > two_errors * std_error[i];
  }
};

double two_errors(std::size_t samples) {
  return samples < 2 ? nan : student_quantile(beyond_two_errors, static_cast<double>(samples - 1));
}

class Judge {
 public:
  Judge(const EstimatorInfo& estimator, const SampledGradient& sampled, const GradientTruth& truth,
        bool errors_known)
      : unbiased_(estimator.unbiased),
        errors_known_(errors_known),
        samples_(sampled.gradient.count()),
        truth_samples_(truth.samples),
        variance_(sampled.gradient.variance()),
        std_error_(sampled.gradient.std_error()),
        effective_(sampled.gradient.effective_samples()) {
    mean_.value = sampled.gradient.mean();
    mean_.length = norm(mean_.value);
    truth_.value = truth.gradient;
    truth_.length = norm(truth_.value);
    if (sampled.noisy) {
      mean_.std_error = std_error_;
      mean_.effective_samples = effective_;
      mean_.two_errors = two_errors(samples_);
    }
    if (!truth.std_error.empty()) {
      truth_.std_error = truth.std_error;
      truth_.effective_samples = truth.effective_samples;
      truth_.two_errors = two_errors(truth_samples_);
    }
  }

  /// Of the components from `first` to `last` - 1.
  GradientQuality part(std::size_t first, std::size_t last) const {
    GradientQuality q;
    double difference = 0.0, noise = 0.0, product = 0.0, own = 0.0, true_length = 0.0;
    for (std::size_t i = first; i < last; ++i) {
      const double m = mean_.value[i], t = truth_.value[i];
      difference += (m - t) * (m - t);
      noise += mean_.error(i) * mean_.error(i) + truth_.error(i) * truth_.error(i);
      product += m * t, own += m * m, true_length += t * t;
      if (mean_.noisy()) q.variance += variance_[i];
      count_sign(i, q);
    }
    q.bias = std::sqrt(difference);
    q.effective_samples = effective_samples(first, last, q.variance);
    q.cosine = own > 0.0 && true_length > 0.0 ? product / std::sqrt(own) / std::sqrt(true_length) : nan;
    const auto resolved = static_cast<double>(q.signs.right + q.signs.wrong);
    q.sign_agreement = resolved > 0.0 ? static_cast<double>(q.signs.right) / resolved : nan;
    const bool no_spread = !errors_known_ || (mean_.noisy() && q.variance == 0.0 && q.unseen > 0);
    if (no_spread) q.variance = nan;
    if (no_spread || std::isnan(noise)) {
      q.bias_std_error = q.bias_corrected = nan;
      q.bias_interval = {nan, nan};
      return q;
    }
    q.bias_std_error = std::sqrt(noise);
    q.bias_corrected = std::sqrt(std::max(0.0, difference - noise));
    if (unbiased_ && mean_.noisy()) q.chance = student_quantile(1e-3, degrees());
    if (q.bias > q.chance * q.bias_std_error) {  // the errors are wrong, and the signs that they resolve
      q.signs = {.undecided = q.signs.right + q.signs.wrong + q.signs.undecided};
      q.sign_agreement = nan;
    }
    const double reach = noise > 0.0 ? student_quantile(0.05, degrees()) * q.bias_std_error : 0.0;
    q.bias_interval = {std::max(0.0, q.bias - reach), q.bias + reach};
    return q;
  }

 private:
  void count_sign(std::size_t i, GradientQuality& q) const {
    if (!truth_.resolved(i, truth_samples_)) return;
    const double m = mean_.value[i], t = truth_.value[i];
    // A component that no sample moved, where the truth says that something does.
    if (mean_.same_in_all_samples(i) && (m == 0.0 || (unbiased_ && differs(i)))) {
      ++q.unseen;
      ++q.signs.undecided;
    } else if (mean_.noisy() && !mean_.resolved(i, samples_)) {
      ++q.signs.undecided;
    } else {
      ++(m * t > 0.0 ? q.signs.right : q.signs.wrong);
    }
  }
  bool differs(std::size_t i) const {
    constexpr double errors = 5.0;
    return std::abs(mean_.value[i] - truth_.value[i]) >
           errors * truth_.error(i) + rounding * (mean_.length + truth_.length);
  }
  /// The variances' relative errors add up at most (Minkowski): 1/√n = Σ share_i / √n_i.
  double effective_samples(std::size_t first, std::size_t last, double variance) const {
    if (!mean_.noisy() || !(variance > 0.0)) return nan;
    double error = 0.0;
    for (std::size_t i = first; i < last; ++i)
      if (variance_[i] > 0.0) error += variance_[i] / variance / std::sqrt(effective_[i]);
    return 1.0 / (error * error);
  }
  double degrees() const {
    double fewest = std::numeric_limits<double>::infinity();
    if (mean_.noisy()) fewest = static_cast<double>(samples_) - 1.0;
    if (truth_.noisy()) fewest = std::min(fewest, static_cast<double>(truth_samples_) - 1.0);
    return fewest;
  }

  bool unbiased_, errors_known_;
  std::size_t samples_, truth_samples_;
  std::vector<double> variance_, std_error_, effective_;
  Mean mean_, truth_;
};

}  // namespace

std::string doubt(const GradientQuality& q, std::size_t samples) {
  if (samples == 1 && std::isnan(q.variance)) return "one sample has no spread";
  if (std::isnan(q.variance)) return fmt::format("none of its {} samples differs from another", samples);
  std::string why;
  if (q.effective_samples < enough_effective_samples)
    why = fmt::format("the variance rests on {:.2g} of its {} samples", q.effective_samples, samples);
  if (q.bias > q.chance * q.bias_std_error)
    why += fmt::format("{}it is unbiased, and its mean {:.2g} standard errors off", why.empty() ? "" : "; ",
                       q.bias / q.bias_std_error);
  if (q.unseen > 0)
    why +=
        fmt::format("{}{} component{} with a derivative {} the same in all samples", why.empty() ? "" : "; ",
                    q.unseen, q.unseen == 1 ? "" : "s", q.unseen == 1 ? "is" : "are");
  return why;
}

EstimatorQuality judge(const EstimatorInfo& estimator, const SampledGradient& sampled,
                       const GradientTruth& truth, std::span<const std::size_t> sizes) {
  const std::vector<double> variance = sampled.gradient.variance();
  const bool differ = std::ranges::any_of(variance, [](double v) { return v != 0.0; });
  const bool errors_known = !sampled.noisy || differ;
  const Judge of(estimator, sampled, truth, errors_known);
  EstimatorQuality q;
  static_cast<GradientQuality&>(q) = of.part(0, truth.gradient.size());
  q.name = estimator.name;
  q.unbiased = estimator.unbiased;
  q.noisy = sampled.noisy;
  q.samples = sampled.gradient.count();
  q.mean = sampled.gradient.mean();
  q.std_error = errors_known ? sampled.gradient.std_error() : std::vector<double>(q.mean.size(), nan);
  q.seconds_per_sample = sampled.seconds_per_sample;
  std::size_t first = 0;
  for (const std::size_t size : sizes) {
    q.blocks.push_back(of.part(first, first + size));
    first += size;
  }
  return q;
}

}  // namespace spikegrad
