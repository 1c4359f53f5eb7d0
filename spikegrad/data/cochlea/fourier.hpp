// SPDX-License-Identifier: Apache-2.0
// What a Fourier transform of one length needs to know: its factors and the roots of unity.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "spikegrad/core/error.hpp"

namespace spikegrad::cochlea {

/// The smallest even number from n on that has no prime factor above 5.
inline std::size_t smooth_length(std::size_t n) {
  for (std::size_t length = n + n % 2;; length += 2) {
    std::size_t rest = length;
    for (const std::size_t prime : {2, 3, 5})
      while (rest > 1 && rest % prime == 0) rest /= prime;
    if (rest == 1) return length;
  }
}

/// For transforms whose numbers have parts of type Real: stage after stage of the decimation in frequency
/// that sorts itself (Stockham).
template <class Real>
struct FourierPlan {
  struct Stage {
    std::size_t radix, length, stride;
    std::vector<Real> roots;  ///< [length / radix][radix - 1][re, im]: e^{2πi p j / length}
  };
  std::size_t length;
  std::vector<Stage> stages;

  explicit FourierPlan(std::size_t n) : length(n) {
    std::size_t stride = 1;
    for (const std::size_t radix : {5, 4, 3, 2})
      while (n % radix == 0 && n > 1) {
        Stage stage{radix, n, stride, {}};
        for (std::size_t p = 0; p < n / radix; ++p)
          for (std::size_t j = 1; j < radix; ++j) {
            const double angle = 2.0 * std::numbers::pi * static_cast<double>(p * j) / static_cast<double>(n);
            stage.roots.push_back(static_cast<Real>(std::cos(angle)));
            stage.roots.push_back(static_cast<Real>(std::sin(angle)));
          }
        stages.push_back(std::move(stage));
        n /= radix;
        stride *= radix;
      }
    if (n != 1) throw InternalError("a Fourier transform of a length with a prime factor above 5");
  }
};

}  // namespace spikegrad::cochlea
