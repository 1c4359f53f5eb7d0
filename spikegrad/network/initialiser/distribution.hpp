// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "spikegrad/export.hpp"
#include "spikegrad/neuron/unit.hpp"

namespace spikegrad {

/// What an initialiser may know about the parameter block it fills.
struct Afferent {
  std::size_t fan_in = 1;        ///< presynaptic units that a target unit sees; 1 for a bias
  bool recurrent = false;        ///< from = to
  std::size_t feed_forward = 0;  ///< connections onto the target from other populations
  std::size_t recurrences = 0;   ///< connections onto the target from itself
  const Unit* target = nullptr;  ///< the unit it drives; null for a bias
  double dt = 1e-3;              ///< s
};

/// ε̂ = Σ_k κ[k]² dt (s), κ the response of x = u - θ of a unit that does not spike to one spike of weight 1
/// at step 0 [R]. Summed until the unit's state has decayed by 1e-9, at most 2^22 steps.
SPIKEGRAD_EXPORT double response_power(const Unit& unit, double dt);

/// Independent weights: normal of that mean and standard deviation, or uniform between mean ± spread. Or an orthogonal
/// block (orthogonal.hpp) with rows of length spread.
struct WeightDistribution {
  enum class Shape : std::uint8_t { normal, uniform, orthogonal } shape = Shape::normal;
  double mean = 0.0;
  double spread = 0.0;
};

}  // namespace spikegrad
