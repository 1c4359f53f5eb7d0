// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace spikegrad {

/// What an initialiser may know about the parameter block it fills.
struct Afferent {
  std::size_t fan_in = 1;        ///< presynaptic units that a target unit sees; 1 for a bias
  bool recurrent = false;        ///< from = to
  std::size_t feed_forward = 0;  ///< connections onto the target from other populations
  std::size_t recurrences = 0;   ///< connections onto the target from itself
  double response_power = 0.0;   ///< ε̂ of the target, s
};

/// Independent weights: normal of that mean and standard deviation, or uniform between mean ± spread.
struct WeightDistribution {
  enum class Shape : std::uint8_t { normal, uniform } shape = Shape::normal;
  double mean = 0.0;
  double spread = 0.0;
};

}  // namespace spikegrad
