// SPDX-License-Identifier: Apache-2.0
// What delays do in the backward pass: signals that come back, and the gradient of learned delays: for each event the
// difference of two rows of D̄, times the weights of its unit. Where spikes are sorted by unit, the weight gradient comes
// from the same sums.
#include <algorithm>

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

/// Gathers take 32-bit places; a delay times the width of a panel stays far below.
inline constexpr std::size_t farthest = std::size_t{1} << 30;

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

template <int n>
void delayed_scatter_chunk(const DelayedScatterArgs& args, std::size_t at) {
  const D d;
  const UnitScatterArgs& a = args.scatter;
  for (std::size_t unit = 0; unit < a.units; ++unit) {
    const std::size_t end = a.first[unit + 1], delay = static_cast<std::size_t>(args.delays.steps[unit]);
    if (a.first[unit] == end) continue;
    const bool both = args.delay_gradient || args.delays.late[unit] != 0.0f;
    V now[n], later[n];
    for (int v = 0; v < n; ++v) now[v] = later[v] = hn::Zero(d);
    for (std::size_t k = a.first[unit]; k < end; ++k) {
      const std::size_t step = a.at[k].step() + delay;
      if (step >= args.steps) continue;
      const float* row = a.delta + at + a.at[k].sample() * a.sample_pitch + step * a.delta_pitch;
      for (int v = 0; v < n; ++v) now[v] = hn::Add(now[v], hn::LoadU(d, row + v * lanes));
      if (!both || step + 1 >= args.steps) continue;
      row += a.delta_pitch;
      for (int v = 0; v < n; ++v) later[v] = hn::Add(later[v], hn::LoadU(d, row + v * lanes));
    }
    const V early = hn::Set(d, args.delays.early[unit]), late = hn::Set(d, args.delays.late[unit]);
    float* row = a.rows + unit * a.rows_pitch + at;
    for (int v = 0; v < n; ++v)
      hn::StoreU(hn::MulAdd(early, now[v], hn::MulAdd(late, later[v], hn::LoadU(d, row + v * lanes))), d,
                 row + v * lanes);
    if (!args.delay_gradient) continue;
    V sum = hn::Zero(d);
    for (int v = 0; v < n; ++v) {
      const std::size_t first = at + v * lanes;
      const M inside = hn::FirstN(d, args.targets > first ? args.targets - first : 0);
      const V weight = hn::LoadU(d, args.weights + unit * a.rows_pitch + first);
      sum = hn::MulAdd(weight, hn::IfThenElseZero(inside, hn::Sub(later[v], now[v])), sum);
    }
    args.delay_gradient[unit] += args.delays.moves[unit] * hn::GetLane(hn::SumOfLanes(d, sum));
  }
}

void delayed_scatter(const DelayedScatterArgs& a) {
  constexpr int most = lanes >= 4 ? 4 : 16;
  std::size_t at = 0;
  for (; at + most * lanes <= a.scatter.width; at += most * lanes) delayed_scatter_chunk<most>(a, at);
  for (; at < a.scatter.width; at += lanes) delayed_scatter_chunk<1>(a, at);
}

/// Column by column: what is late for a step is early for the next, so that each number is read once.
void delayed_signals(const DelayedSignalArgs& a) {
  const D d;
  const hn::RebindToSigned<D> di;
  const auto width = static_cast<std::int32_t>(a.width);
  for (std::size_t at = 0; at < a.width; at += lanes) {
    const auto lane = hn::Iota(di, static_cast<std::int32_t>(at));
    const auto delay = hn::Mul(hn::LoadU(di, a.delays.steps + at), hn::Set(di, width));
    const V early = hn::LoadU(d, a.delays.early + at), late = hn::LoadU(d, a.delays.late + at);
    // P[t + n], or the row of 0 where that lies behind the end
    const auto brought = [&](std::size_t t) HWY_ATTR {
      const std::size_t left = std::min<std::size_t>((a.steps - t) * a.width, farthest);
      const auto row = hn::Min(delay, hn::Set(di, static_cast<std::int32_t>(left)));
      return hn::GatherIndex(d, a.rows + t * a.width, hn::Add(row, lane));
    };
    V now = brought(a.begin);
    float* row = a.signal + at;
    for (std::size_t t = a.begin; t < a.end; ++t, row += a.signal_pitch) {
      const V next = brought(t + 1);
      const V sum = hn::MulAdd(early, now, hn::MulAdd(late, next, hn::LoadU(d, row)));
      hn::StoreU(sum, d, row);
      now = next;
    }
  }
}

DelayKernels delay_table() {
  return {delay_gradient, delayed_scatter, delayed_signals};
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
