// SPDX-License-Identifier: Apache-2.0
// How far apart two gradients are.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace spikegrad::testing {

/// Largest difference relative to the largest entry of `expected` (or to `floor`, where all entries are
/// smaller). NaN counts as infinitely far.
inline double distance(std::span<const double> actual, std::span<const double> expected,
                       double floor = 1e-3) {
  if (actual.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double largest = floor, apart = 0.0;
  for (const double e : expected) largest = std::max(largest, std::abs(e));
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double d = std::abs(actual[i] - expected[i]);
    apart = std::max(apart, std::isnan(d) ? std::numeric_limits<double>::infinity() : d);
  }
  return apart / largest;
}

}  // namespace spikegrad::testing
