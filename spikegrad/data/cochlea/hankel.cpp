// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/cochlea/hankel.hpp"

#include <numbers>

namespace spikegrad::cochlea {
namespace {

using Complex = std::complex<double>;
using std::numbers::pi;

using namespace std::complex_literals;

/// J0 = Σ t_k, Y0 = (2/π) ((ln(z/2) + γ) J0 - Σ h_k t_k) with t_k = (-z²/4)^k / k!², h_k = 1 + … + 1/k.
Complex by_series(Complex z) {
  const Complex x = -0.25 * z * z;
  Complex term = 1.0, sum = 1.0, weighted = 0.0;
  double harmonic = 0.0;
  for (int k = 1; k < 60; ++k) {
    term *= x / static_cast<double>(k * k);
    harmonic += 1.0 / k;
    sum += term;
    weighted += harmonic * term;
    if (std::norm(term) < 1e-36) break;
  }
  const Complex y = 2.0 / pi * ((std::log(0.5 * z) + std::numbers::egamma) * sum - weighted);
  return sum + 1i * y;
}

/// √(2/(πz)) e^{i(z - π/4)} Σ i^k a_k / z^k, a_k = a_{k-1} · -(2k - 1)² / (8k), up to the smallest term.
Complex by_asymptote(Complex z) {
  const Complex step = 1i / z;
  Complex term = 1.0, sum = 1.0;
  for (int k = 1; k < 60; ++k) {
    const double odd = 2 * k - 1;
    const Complex next = term * step * (-odd * odd / (8.0 * k));
    if (std::norm(next) >= std::norm(term)) break;
    term = next;
    sum += term;
    if (std::norm(term) < 1e-34) break;
  }
  return std::sqrt(2.0 / (pi * z)) * std::exp(1i * (z - pi / 4.0)) * sum;
}

}  // namespace

Complex hankel0(Complex z) {
  return std::norm(z) < 81.0 ? by_series(z) : by_asymptote(z);
}

}  // namespace spikegrad::cochlea
