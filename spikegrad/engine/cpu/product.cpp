// SPDX-License-Identifier: Apache-2.0
// C += A B for the signal that goes back through a connection, S̄ += D̄ W: blocks of up to 8 rows × 3 vectors
// (4 × 4 where rows are few; 6 × 2 where there are 16 registers) stay in registers, so that each load of B
// serves as many products as there are rows.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/cpu/product.cpp"
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include "spikegrad/engine/cpu/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

inline constexpr std::size_t block_rows = lanes >= 16 ? 8 : 6;
inline constexpr std::size_t block_vectors = lanes >= 16 ? 3 : 2;

/// Rows are stored first to last: rows of C may overlap by columns in which B is 0, and then the row to which
/// the column belongs has the last word.
template <int rows, int n>
HWY_NOINLINE void product_block(const ProductArgs& p, std::size_t row, std::size_t column) {
  const D d;
  V sum[rows][n];
  for (int m = 0; m < rows; ++m)
    for (int v = 0; v < n; ++v) sum[m][v] = hn::Zero(d);
  const float* a = p.a + row * p.a_pitch;
  const float* first = p.b + column;
  for (std::size_t tap = 0; tap < p.taps; ++tap, a -= p.a_step, first += p.b_step) {
    const float* b = first;
    for (std::size_t k = 0; k < p.inner; ++k, b += p.b_pitch) {
      V from[n];
      for (int v = 0; v < n; ++v) from[v] = hn::LoadU(d, b + v * lanes);
      for (int m = 0; m < rows; ++m) {
        const V weight = hn::Set(d, a[m * p.a_pitch + k]);
        for (int v = 0; v < n; ++v) sum[m][v] = hn::MulAdd(weight, from[v], sum[m][v]);
      }
    }
  }
  // Unrolled by force: else GCC 12 keeps all sums in memory for these loops.
  float* c = p.c + row * p.c_pitch + column;
  if (p.fresh) {
    HWY_UNROLL(8)
    for (int m = 0; m < rows; ++m, c += p.c_pitch) {
      HWY_UNROLL(4)
      for (int v = 0; v < n; ++v) hn::StoreU(sum[m][v], d, c + v * lanes);
    }
  } else {
    HWY_UNROLL(8)
    for (int m = 0; m < rows; ++m, c += p.c_pitch) {
      HWY_UNROLL(4)
      for (int v = 0; v < n; ++v)
        hn::StoreU(hn::Add(hn::LoadU(d, c + v * lanes), sum[m][v]), d, c + v * lanes);
    }
  }
}

template <int rows, int n>
void product_rows(const ProductArgs& p, std::size_t height, std::size_t row, std::size_t column) {
  if (height == rows) return product_block<rows, n>(p, row, column);
  if constexpr (rows > 1) product_rows<rows - 1, n>(p, height, row, column);
}

/// Blocks as few and as equal in height as can be.
template <int n>
void product_column(const ProductArgs& p, std::size_t column) {
  const std::size_t blocks = (p.rows + block_rows - 1) / block_rows;
  for (std::size_t block = 0, row = 0; block < blocks; ++block) {
    const std::size_t height = (p.rows - row) / (blocks - block);
    product_rows<block_rows, n>(p, height, row, column);
    row += height;
  }
}

void product(const ProductArgs& p) {
  const std::size_t vectors = p.columns / lanes;
  std::size_t v = 0;
  if constexpr (lanes >= 16)
    if (p.rows <= block_rows / 2)  // few rows leave registers for more columns
      for (; v + 4 <= vectors; v += 4) product_rows<block_rows / 2, 4>(p, p.rows, 0, v * lanes);
  while (v < vectors) {
    const std::size_t left = vectors - v;
    if (left >= block_vectors && left != block_vectors + 1) {
      product_column<block_vectors>(p, v * lanes);
      v += block_vectors;
    } else if (left >= 2) {
      product_column<2>(p, v * lanes);
      v += 2;
    } else {
      product_column<1>(p, v * lanes);
      v += 1;
    }
  }
}

/// D̄[t - 1] W and what it comes from, λ_m and λ_s filtered as in backward.cpp.
template <int n>
void event_product_chunk(const EventProductArgs& a, std::size_t at) {
  const D d;
  const V leak = hn::Set(d, a.layer->leak), gain = hn::Set(d, a.layer->gain),
          decay = hn::Set(d, a.layer->decay);
  V u[n], current[n];
  for (int v = 0; v < n; ++v) u[v] = current[v] = hn::Zero(d);
  const SignalEvent* event = a.events;
  const SignalEvent* const end = event + a.count;
  const auto add = [&](std::size_t row, const V(&more)[n]) {
    float* signal = a.signal + row * a.pitch + at;
    for (int v = 0; v < n; ++v)
      hn::StoreU(a.fresh ? more[v] : hn::Add(hn::LoadU(d, signal + v * lanes), more[v]), d,
                 signal + v * lanes);
  };
  const std::size_t last = event == end ? 0 : event->step;
  for (std::size_t row = a.fresh; row > 0 && row >= last; --row) add(row - 1, current);
  for (std::size_t t = last; t > 0; --t) {
    for (; event != end && event->step == t; ++event) {
      const V value = hn::Set(d, event->value);
      const float* row = a.b + event->slot * a.b_pitch + at;
      for (int v = 0; v < n; ++v) u[v] = hn::MulAdd(value, hn::LoadU(d, row + v * lanes), u[v]);
    }
    if (t == 1) break;
    for (int v = 0; v < n; ++v) {
      current[v] = hn::MulAdd(gain, u[v], hn::Mul(decay, current[v]));
      u[v] = hn::Mul(leak, u[v]);
    }
    add(t - 2, current);
  }
}

void event_product(const EventProductArgs& a) {
  if (a.count == 0 && a.fresh == 0) return;
  constexpr int most = lanes >= 4 ? 4 : 16;
  std::size_t at = 0;
  for (; at + most * lanes <= a.width; at += most * lanes) event_product_chunk<most>(a, at);
  for (; at < a.width; at += lanes) event_product_chunk<1>(a, at);
}

ProductKernels product_table() {
  return {product, event_product};
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad::cpu {
HWY_EXPORT(product_table);
ProductKernels product_kernels() {
  return HWY_DYNAMIC_DISPATCH(product_table)();
}
}  // namespace spikegrad::cpu
#endif
