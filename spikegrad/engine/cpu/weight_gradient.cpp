// SPDX-License-Identifier: Apache-2.0
// Sums over rows: weight gradients of dense connections, convolutions both ways, biases. Each is one vector
// addition for every presynaptic spike and vector of targets.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/cpu/weight_gradient.cpp"
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include "spikegrad/engine/cpu/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

template <int n>
void scatter_chunk(const ScatterArgs& a, std::size_t at) {
  const D d;
  const Activity& active = a.activity;
  float* rows = a.rows + at;
  for (std::size_t t = 0; t < a.steps; ++t) {
    std::size_t k = active.begin[t];
    const std::size_t end = active.begin[t + 1];
    if (k == end) continue;
    V delta[n];
    for (int v = 0; v < n; ++v) delta[v] = hn::LoadU(d, a.delta + t * a.delta_pitch + at + v * lanes);
    if (active.values) {
      for (; k < end; ++k) {
        float* row = rows + active.units[k] * a.rows_pitch;
        const V value = hn::Set(d, active.values[k]);
        for (int v = 0; v < n; ++v)
          hn::StoreU(hn::MulAdd(delta[v], value, hn::LoadU(d, row + v * lanes)), d, row + v * lanes);
      }
      continue;
    }
    for (; k < end; ++k) {
      float* row = rows + active.units[k] * a.rows_pitch;
      for (int v = 0; v < n; ++v)
        hn::StoreU(hn::Add(hn::LoadU(d, row + v * lanes), delta[v]), d, row + v * lanes);
    }
  }
}

void scatter(const ScatterArgs& a) {
  std::size_t at = 0;
  for (; at + widest * lanes <= a.width; at += widest * lanes) scatter_chunk<widest>(a, at);
  if constexpr (widest <= 4)
    for (; at + 2 * lanes <= a.width; at += 2 * lanes) scatter_chunk<2>(a, at);
  for (; at + lanes <= a.width; at += lanes) scatter_chunk<1>(a, at);
}

template <int n>
void unit_scatter_chunk(const UnitScatterArgs& a, std::size_t at) {
  const D d;
  const float* delta = a.delta + at;
  for (std::size_t unit = 0; unit < a.units; ++unit) {
    std::size_t k = a.first[unit];
    const std::size_t end = a.first[unit + 1];
    if (k == end) continue;
    float* row = a.rows + unit * a.rows_pitch + at;
    V sum[n];
    for (int v = 0; v < n; ++v) sum[v] = hn::LoadU(d, row + v * lanes);
    for (; k < end; ++k) {
      const float* from = delta + a.at[k].sample() * a.sample_pitch + a.at[k].step() * a.delta_pitch;
      for (int v = 0; v < n; ++v) sum[v] = hn::Add(sum[v], hn::LoadU(d, from + v * lanes));
    }
    for (int v = 0; v < n; ++v) hn::StoreU(sum[v], d, row + v * lanes);
  }
}

void unit_scatter(const UnitScatterArgs& a) {
  constexpr int most = lanes >= 16 ? 4 : 8;  // 64 columns, or half the registers
  std::size_t at = 0;
  for (; at + most * lanes <= a.width; at += most * lanes) unit_scatter_chunk<most>(a, at);
  for (; at + 2 * lanes <= a.width; at += 2 * lanes) unit_scatter_chunk<2>(a, at);
  for (; at < a.width; at += lanes) unit_scatter_chunk<1>(a, at);
}

void column_sum(const ColumnSumArgs& a) {
  const D d;
  for (std::size_t at = 0; at < a.width; at += lanes) {
    V sum = hn::LoadU(d, a.sum + at);
    for (std::size_t t = 0; t < a.steps; ++t)
      sum = hn::Add(sum, hn::LoadU(d, a.delta + t * a.delta_pitch + at));
    hn::StoreU(sum, d, a.sum + at);
  }
}

void column_max(const ColumnMaxArgs& a) {
  const D d;
  const DU du;
  for (std::size_t at = 0; at < a.width; at += lanes) {
    const float* row = a.rows + at;
    V largest = hn::LoadU(d, row);
    auto where = hn::Zero(du), t = hn::Zero(du);
    for (std::size_t step = 1; step < a.steps; ++step) {
      row += a.pitch;
      t = hn::Add(t, hn::Set(du, 1u));
      const V value = hn::LoadU(d, row);
      const M larger = hn::Gt(value, largest);
      where = hn::IfThenElse(hn::RebindMask(du, larger), t, where);
      largest = hn::IfThenElse(larger, value, largest);
    }
    hn::StoreU(largest, d, a.largest + at);
    hn::StoreU(where, du, a.at + at);
  }
}

/// to += value · from, over n whole vectors: what stands behind the last channel gets +0 or is never read.
template <int n>
HWY_INLINE void add_row(const float* from, V value, float* to) {
  const D d;
  for (int v = 0; v < n; ++v)
    hn::StoreU(hn::MulAdd(hn::LoadU(d, from + v * lanes), value, hn::LoadU(d, to + v * lanes)), d,
               to + v * lanes);
}

/// n vectors of each target's channels, from channel `at` on. Neighbours in a list move the same targets, and
/// an addition to a row waits for the one before; so the two halves of the list take turns. One run, as along one axis,
/// is spared the loop over them, which costs shape E 3 %.
template <bool gather, bool one_run, int n>
void convolve_chunk(const ConvArgs& a, std::size_t at) {
  const D d;
  const Activity& active = a.activity;
  const std::size_t targets = a.targets, weight_pitch = a.stride * a.out_padded, target_pitch = a.out_pitch;
  for (std::size_t t = a.begin; t < a.end; ++t) {
    if (gather && a.clear && at == 0)  // row by row: it is still near when it is added to
      for (std::size_t i = 0; i < a.pitch; i += lanes) hn::StoreU(hn::Zero(d), d, a.drive + t * a.pitch + i);
    const auto move_run = [&](ConvStart start, V value) HWY_ATTR {
      std::size_t weight = start.weight + at, target = t * a.pitch + start.target + at;
      for (std::size_t q = 0; q < targets; ++q) {
        if constexpr (gather)
          add_row<n>(a.weights + weight, value, a.drive + target);
        else
          add_row<n>(a.delta + target, value, a.gradient + weight);
        weight -= weight_pitch;
        target += target_pitch;
      }
    };
    const auto move = [&](std::size_t k) HWY_ATTR {
      if constexpr (one_run) {
        const ConvStart start = a.starts[active.units[k]];
        move_run(start, hn::Set(d, active.values ? active.values[k] : 1.0f));
      } else {
        const V value = hn::Set(d, active.values ? active.values[k] : 1.0f);
        for (std::size_t run = 0; run < a.runs; ++run)
          move_run(a.starts[active.units[k] * a.runs + run], value);
      }
    };
    const std::size_t end = active.begin[t + 1], half = (end - active.begin[t]) / 2;
    std::size_t k = active.begin[t];
    for (const std::size_t middle = k + half; k < middle; ++k) {
      move(k);
      move(k + half);
    }
    for (k += half; k < end; ++k) move(k);
  }
}

template <bool gather, bool one_run>
void convolve(const ConvArgs& a) {
  std::size_t at = 0;
  for (; at + widest * lanes <= a.out_padded; at += widest * lanes)
    convolve_chunk<gather, one_run, widest>(a, at);
  if constexpr (lanes >= 8) {
    for (; at + 2 * lanes <= a.out_padded; at += 2 * lanes) convolve_chunk<gather, one_run, 2>(a, at);
    for (; at < a.out_padded; at += lanes) convolve_chunk<gather, one_run, 1>(a, at);
  }
}

void conv_gather(const ConvArgs& a) {
  a.runs == 1 ? convolve<true, true>(a) : convolve<true, false>(a);
}
void conv_scatter(const ConvArgs& a) {
  a.runs == 1 ? convolve<false, true>(a) : convolve<false, false>(a);
}

void add_and_clear(float* total, float* part, std::size_t count) {
  const D d;
  for (std::size_t i = 0; i < count; i += lanes) {
    hn::StoreU(hn::Add(hn::LoadU(d, total + i), hn::LoadU(d, part + i)), d, total + i);
    hn::StoreU(hn::Zero(d), d, part + i);
  }
}

WeightGradientKernels weight_gradient_table() {
  return {scatter, unit_scatter, column_sum, column_max, conv_gather, conv_scatter, add_and_clear};
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad::cpu {
HWY_EXPORT(weight_gradient_table);
WeightGradientKernels weight_gradient_kernels() {
  return HWY_DYNAMIC_DISPATCH(weight_gradient_table)();
}
}  // namespace spikegrad::cpu
#endif
