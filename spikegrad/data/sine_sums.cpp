// SPDX-License-Identifier: Apache-2.0
// The loop is plain: compiled once for each instruction set, it becomes vectors of each width.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/data/sine_sums.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "spikegrad/data/sine_sums.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::HWY_NAMESPACE {
namespace {

/// sin(2πx): Taylor's series at the nearest place in the first quarter of a turn, to 1e-15. Loops over it become
/// vectors, which those over std::sin do not.
inline double sine_of_turns(double x) {
  constexpr double to_integers =
      6755399441055744.0;  // 1.5 · 2^52: what is added to it has no digits behind the point
  const double turn = x - ((x + to_integers) - to_integers);
  const double quarter = 0.25 - std::abs(0.25 - std::abs(turn));
  const double y = 2.0 * std::numbers::pi * quarter, y2 = y * y;
  double sum = 1.0;
  for (int k = 21; k > 1; k -= 2) sum = 1.0 - y2 * (1.0 / (k * (k - 1))) * sum;
  return std::copysign(y * sum, turn);
}

}  // namespace

void add_sines(std::span<const Sine> terms, std::span<const double> x, std::span<double> sums) {
  const std::size_t count = std::min(x.size(), sums.size());
  const double* at = x.data();
  double* to = sums.data();
  for (const Sine& term : terms)
    for (std::size_t n = 0; n < count; ++n)
      to[n] += term.height * sine_of_turns(term.frequency * at[n] + term.phase);
}

}  // namespace spikegrad::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad {
HWY_EXPORT(add_sines);
void add_sines(std::span<const Sine> terms, std::span<const double> x, std::span<double> sums) {
  HWY_DYNAMIC_DISPATCH(add_sines)(terms, x, sums);
}
}  // namespace spikegrad
#endif
