// SPDX-License-Identifier: Apache-2.0
// ψ(x) = d log Γ(x) / dx, for any number type.
//
//   x < 0:   ψ(x) = ψ(1 - x) - π / tan(π x)                              (Abramowitz & Stegun 6.3.7)
//   x < 10:  ψ(x) = ψ(x + 1) - 1/x                                       (6.3.5)
//   else     ψ(x) = log x - 1/(2x) - 1/(12x²) + 1/(120x⁴) - 1/(252x⁶) + … (6.3.18), error below 1e-15
#pragma once

#include <cmath>
#include <numbers>

namespace spikegrad {

template <class T>
T digamma(T x) {
  using std::log, std::tan;
  if (x < 0) return digamma(T(1 - x)) - std::numbers::pi / tan(std::numbers::pi * x);
  T below = T(0);
  while (x < 10) {
    below = below + 1 / x;
    x = x + 1;
  }
  const T r = 1 / (x * x);
  const T series =
      r * (1.0 / 12 -
           r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132 - r * (691.0 / 32760))))));
  return log(x) - 1 / (2 * x) - series - below;
}

}  // namespace spikegrad
