// SPDX-License-Identifier: Apache-2.0
// Values with standard errors, from repetitions that are independent of each other (nets, blocks of samples).
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace spikegrad {

struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();
  double std_error = std::numeric_limits<double>::quiet_NaN();
  std::size_t repetitions = 0;  ///< behind the standard error; 0: so many that their number does not matter
};

/// Delete-one jackknife of a statistic of n repetitions (B. Efron, 1982): value of all, standard error
/// sqrt((n-1)/n Σ (θ_(i) - mean θ_(.))²). statistic(skip) leaves one out; skip = n: none.
template <class Statistic>
Estimate jackknife(std::size_t n, const Statistic& statistic) {
  Estimate e{statistic(n), std::numeric_limits<double>::quiet_NaN(), n};
  if (n < 2) return e;
  std::vector<double> without(n);
  double mean = 0.0;
  for (std::size_t i = 0; i < n; ++i) mean += (without[i] = statistic(i)) / static_cast<double>(n);
  double squares = 0.0;
  for (const double v : without) squares += (v - mean) * (v - mean);
  e.std_error = std::sqrt(squares * static_cast<double>(n - 1) / static_cast<double>(n));
  return e;
}

/// Mean; for it the jackknife is the usual standard error.
inline Estimate mean_of(std::span<const double> values) {
  return jackknife(values.size(), [&](std::size_t skip) {
    double sum = 0.0;
    std::size_t n = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (i != skip) sum += values[i], ++n;
    return sum / static_cast<double>(n);
  });
}

/// Σ numerators / Σ denominators. Of the lengths |difference| and |reference| of vectors, one pair a net,
/// this is the findings' relative bias and relative distance: nets count by the length of their reference, so
/// that one whose reference is nearly 0 does not count for more than the others.
inline Estimate ratio_of_sums(std::span<const double> numerators, std::span<const double> denominators) {
  return jackknife(numerators.size(), [&](std::size_t skip) {
    double above = 0.0, below = 0.0;
    for (std::size_t i = 0; i < numerators.size(); ++i)
      if (i != skip) above += numerators[i], below += denominators[i];
    return above / below;
  });
}

}  // namespace spikegrad
