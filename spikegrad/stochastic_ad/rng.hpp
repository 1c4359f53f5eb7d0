// SPDX-License-Identifier: Apache-2.0
// Random numbers for stochastic programs: the project's generator, or any other uniform random bit generator.
#pragma once

#include <cmath>
#include <concepts>
#include <limits>
#include <random>

#include "spikegrad/core/random.hpp"

namespace spikegrad::stochastic_ad {

using Rng = SequentialRng;

/// A number in (0, 1), never 0 or 1, from a generator that has `uniform()` or from one that gives 32 or 64
/// bits.
template <std::uniform_random_bit_generator R>
double uniform(R& rng) {
  if constexpr (requires {
                  { rng.uniform() } -> std::convertible_to<double>;
                }) {
    return rng.uniform();
  } else {
    constexpr auto all_32 = std::numeric_limits<std::uint32_t>::max();
    constexpr auto all_64 = std::numeric_limits<std::uint64_t>::max();
    static_assert(R::min() == 0 && (R::max() == all_32 || R::max() == all_64),
                  "the generator must give 32 or 64 random bits, or have a member uniform()");
    std::uint64_t bits = rng();
    if constexpr (R::max() == all_32) bits = bits << 32 | rng();
    return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
  }
}

/// Normal(mean, sd²) as mean + sd z: differentiable in both, whatever their number type.
template <std::uniform_random_bit_generator R, class Mean, class Sd>
auto normal(R& rng, const Mean& mean, const Sd& sd) {
  const double radius = std::sqrt(-2.0 * std::log(uniform(rng)));  // Box & Muller 1958
  const double z = radius * std::cos(2.0 * std::numbers::pi * uniform(rng));
  return mean + sd * z;
}

/// Exponential(rate) by inversion, -log(U)/rate: differentiable in the rate.
template <std::uniform_random_bit_generator R, class Rate>
auto exponential(R& rng, const Rate& rate) {
  return -std::log(uniform(rng)) / rate;
}

}  // namespace spikegrad::stochastic_ad
