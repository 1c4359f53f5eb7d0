// SPDX-License-Identifier: Apache-2.0
// Small choices from a seeded generator, for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spikegrad/core/random.hpp"

namespace spikegrad::testing {

class Dice {
 public:
  explicit Dice(std::uint64_t seed, std::uint32_t stream = 0) : rng_(seed, 0x7E57 + stream) {}

  bool chance(double p) { return rng_.uniform() < p; }
  /// 0 … n-1.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(rng_() % n); }
  /// first … last.
  std::size_t between(std::size_t first, std::size_t last) { return first + below(last - first + 1); }
  double real(double low, double high) { return low + (high - low) * rng_.uniform(); }
  double normal() { return rng_.normal(); }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  SequentialRng rng_;
};

}  // namespace spikegrad::testing
