// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

namespace spikegrad {

/// Interval of a probability of which a share was seen in `count` independent cases (E. B. Wilson 1927),
/// at z standard errors (1.96: 95 %). `share` may be a mean over repetitions of each case: the interval is
/// then wider than need be.
inline std::pair<double, double> wilson_interval(double share, double count, double z = 1.959963984540054) {
  if (count <= 0.0) return {0.0, 1.0};
  const double shrink = 1.0 + z * z / count, centre = (share + z * z / (2.0 * count)) / shrink;
  const double half = z / shrink * std::sqrt(share * (1.0 - share) / count + z * z / (4.0 * count * count));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

}  // namespace spikegrad
