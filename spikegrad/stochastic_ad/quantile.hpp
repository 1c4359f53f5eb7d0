// SPDX-License-Identifier: Apache-2.0
// Quantiles of distributions on the integers by search, from the ratios of neighbouring probabilities.
#pragma once

#include <cmath>
#include <limits>

namespace spikegrad::stochastic_ad {

/// min { k >= 0 : F(k) >= v }, searching upwards from 0; p0 = P(0), up(k) = P(k+1)/P(k). Takes x + 1 steps,
/// so it is for small means; ends where the probabilities no longer change F.
template <class Up>
double quantile_from_zero(double v, double p0, double highest, Up&& up) {
  double k = 0, p = p0, cumulative = p0;
  while (cumulative < v && k < highest) {
    p *= up(k);
    ++k;
    if (cumulative + p == cumulative && up(k) < 1) break;  // v is within rounding of 1
    cumulative += p;
  }
  return k;
}

/// The same, searching from the mode in both directions: some ten standard deviations of steps.
/// down(k) = P(k-1)/P(k).
template <class Up, class Down>
double quantile_from_mode(double v, double mode, double p_mode, double highest, Up&& up, Down&& down) {
  double below = p_mode;  // F(mode)
  for (double k = mode, p = p_mode; k > 0; --k) {
    p *= down(k);
    if (below + p == below) break;
    below += p;
  }
  double k = mode, p = p_mode, cumulative = below;
  while (k > 0 && v <= cumulative - p) {
    cumulative -= p;
    p *= down(k);
    --k;
  }
  while (cumulative < v && k < highest) {
    p *= up(k);
    ++k;
    if (cumulative + p == cumulative) break;
    cumulative += p;
  }
  return k;
}

/// log(k! eᵏ/kᵏ) for k >= 10 by Stirling's series (Abramowitz & Stegun 6.1.41), error below 1e-13. The large
/// terms of log k! are left out because they cancel in a probability near the mode: subtracted as numbers
/// they would leave an error of 1e-16 k log k.
inline double log_factorial_ratio(double k) {
  const double r = 1 / k, r2 = r * r;
  return 0.5 * std::log(k) + 0.91893853320467274178 /* log √(2π) */ +
         r * (1.0 / 12 - r2 * (1.0 / 360 - r2 * (1.0 / 1260 - r2 * (1.0 / 1680 - r2 / 1188))));
}

/// Above this mean the search starts at the mode.
inline constexpr double search_from_mode_above = 24;

/// Above 2^53 the integers have gaps: no search would end.
inline constexpr double highest_mean = 0x1p53;

}  // namespace spikegrad::stochastic_ad
