// SPDX-License-Identifier: Apache-2.0
// What an estimator reaches in a given time: the curve that shows which one is cheapest at equal error.
#pragma once

#include <string>

#include "spikegrad/figure/figure.hpp"

namespace spikegrad {

struct EstimatorCost {
  std::string name;
  double bias = 0.0;                ///< norm of E[estimate] - truth
  double variance = 0.0;            ///< trace, of one sample
  double seconds_per_sample = 0.0;  ///< wall time, > 0
};

/// Root mean squared error of the mean of n = T / seconds_per_sample samples, as a function of the time T:
///
///     error(T) = sqrt(bias² + variance · seconds_per_sample / T),   T >= seconds_per_sample
///
/// `points` times spaced evenly in log T from one sample to `last` (seconds). Empty if even one sample takes
/// longer.
Series frontier(const EstimatorCost& cost, double last, std::size_t points = 60);

/// The panel of all of them, up to the time in which the slowest noisy one draws 1,000 samples, and beyond that
/// of the exact ones. Exact are those without variance whose bias is below 1e-4 of the smallest noisy error (rounding,
/// differences): a curve would only stretch the axis, so they are a line at the time of their one sample.
/// Those whose variance is not known (NaN) are left out.
Panel frontier_panel(const std::vector<EstimatorCost>& costs);

}  // namespace spikegrad
