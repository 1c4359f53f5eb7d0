// SPDX-License-Identifier: Apache-2.0
// How far apart two gradients are.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace spikegrad::testing {

/// Largest absolute entry.
inline double largest(std::span<const double> gradient) {
  double most = 0.0;
  for (const double g : gradient) most = std::max(most, std::abs(g));
  return most;
}

/// Largest difference relative to the largest entry of `expected` (or to `floor`, where all entries are
/// smaller). NaN counts as infinitely far.
inline double distance(std::span<const double> actual, std::span<const double> expected,
                       double floor = 1e-3) {
  if (actual.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double apart = 0.0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double d = std::abs(actual[i] - expected[i]);
    apart = std::max(apart, std::isnan(d) ? std::numeric_limits<double>::infinity() : d);
  }
  return apart / std::max(floor, largest(expected));
}

}  // namespace spikegrad::testing
