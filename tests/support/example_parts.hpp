// SPDX-License-Identifier: Apache-2.0
// What the made-up findings of example_results.hpp share.
#pragma once

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "spikegrad/figure/finding.hpp"

namespace spikegrad::testing_support {

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double pi = std::numbers::pi;

inline std::vector<double> spaced(double from, double to, std::size_t n) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i)
    x[i] = from + (to - from) * static_cast<double>(i) / static_cast<double>(n - 1);
  return x;
}

template <class F>
std::vector<double> of(const std::vector<double>& x, F&& f) {
  std::vector<double> y;
  for (const double v : x) y.push_back(f(v));
  return y;
}

inline double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

FindingResult one_neuron();
FindingResult bias_maps();
FindingResult opposite_sign();
FindingResult no_surrogate_loss();
FindingResult same_draw_by_draw();
FindingResult frontiers();
FindingResult training();

}  // namespace spikegrad::testing_support
