// SPDX-License-Identifier: Apache-2.0
// Gradient of learned delays: for each event the difference of two rows of D̄, times the weights of its unit.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/cpu/delay_gradient.cpp"
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include "spikegrad/engine/cpu/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

/// Σ_i w_i (later_i - now_i); later null: 0.
HWY_INLINE float difference(const float* weights, const float* now, const float* later, std::size_t width) {
  const D d;
  V even = hn::Zero(d), odd = hn::Zero(d);
  const auto term = [&](std::size_t at, V sum) HWY_ATTR {
    const V after = later ? hn::LoadU(d, later + at) : hn::Zero(d);
    return hn::MulAdd(hn::LoadU(d, weights + at), hn::Sub(after, hn::LoadU(d, now + at)), sum);
  };
  std::size_t at = 0;
  for (; at + 2 * lanes <= width; at += 2 * lanes) {
    even = term(at, even);
    odd = term(at + lanes, odd);
  }
  for (; at + lanes <= width; at += lanes) even = term(at, even);
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
  for (; at < width; ++at) sum += weights[at] * ((later ? later[at] : 0.0f) - now[at]);
  return sum;
}

void delay_gradient(const DelayGradientArgs& a) {
  const Activity& active = a.activity;
  for (std::size_t t = 0; t < a.steps; ++t)
    for (std::size_t k = active.begin[t]; k < active.begin[t + 1]; ++k) {
      const std::size_t j = active.units[k], now = t + static_cast<std::size_t>(a.delays.steps[j]);
      if (now >= a.steps) continue;
      const float* row = a.delta + now * a.delta_pitch;
      const float sum = difference(a.rows + j * a.rows_pitch, row,
                                   now + 1 < a.steps ? row + a.delta_pitch : nullptr, a.width);
      a.gradient[j] += a.delays.moves[j] * sum * (active.values ? active.values[k] : 1.0f);
    }
}

DelayKernels delay_table() {
  return {delay_gradient};
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad::cpu {
HWY_EXPORT(delay_table);
DelayKernels delay_kernels() {
  return HWY_DYNAMIC_DISPATCH(delay_table)();
}
}  // namespace spikegrad::cpu
#endif
