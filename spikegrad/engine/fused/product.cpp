// SPDX-License-Identifier: Apache-2.0
// C += A B for the signal that goes back through a connection, S̄ += D̄ W: blocks of up to 6 rows × 4 vectors
// stay in registers, so that each load of B serves 6 products.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/fused/product.cpp"
#include "spikegrad/engine/fused/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include "spikegrad/engine/fused/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::fused::HWY_NAMESPACE {

inline constexpr std::size_t block_rows = 6;

/// Rows are stored first to last: rows of C may overlap by columns in which B is 0, and then the row to which
/// the column belongs has the last word.
template <int rows, int n>
HWY_NOINLINE void product_block(const ProductArgs& p, std::size_t row, std::size_t column) {
  const D d;
  V sum[rows][n];
  for (int m = 0; m < rows; ++m)
    for (int v = 0; v < n; ++v) sum[m][v] = hn::Zero(d);
  const float* a = p.a + row * p.a_pitch;
  const float* b = p.b + column;
  for (std::size_t k = 0; k < p.inner; ++k, b += p.b_pitch) {
    V from[n];
    for (int v = 0; v < n; ++v) from[v] = hn::LoadU(d, b + v * lanes);
    for (int m = 0; m < rows; ++m) {
      const V weight = hn::Set(d, a[m * p.a_pitch + k]);
      for (int v = 0; v < n; ++v) sum[m][v] = hn::MulAdd(weight, from[v], sum[m][v]);
    }
  }
  for (int m = 0; m < rows; ++m) {
    float* c = p.c + (row + m) * p.c_pitch + column;
    for (int v = 0; v < n; ++v) hn::StoreU(hn::Add(hn::LoadU(d, c + v * lanes), sum[m][v]), d, c + v * lanes);
  }
}

template <int n>
void product_column(const ProductArgs& p, std::size_t column) {
  std::size_t row = 0;
  for (; row + block_rows <= p.rows; row += block_rows) product_block<block_rows, n>(p, row, column);
  switch (p.rows - row) {
    case 5:
      return product_block<5, n>(p, row, column);
    case 4:
      return product_block<4, n>(p, row, column);
    case 3:
      return product_block<3, n>(p, row, column);
    case 2:
      return product_block<2, n>(p, row, column);
    case 1:
      return product_block<1, n>(p, row, column);
    default:
      return;
  }
}

void product(const ProductArgs& p) {
  constexpr int wide = lanes >= 16 ? 4 : 2;  // 24 of 32, or 12 of 16 registers
  std::size_t column = 0;
  for (; column + wide * lanes <= p.columns; column += wide * lanes) product_column<wide>(p, column);
  for (; column + 2 * lanes <= p.columns; column += 2 * lanes) product_column<2>(p, column);
  for (; column < p.columns; column += lanes) product_column<1>(p, column);
}

ProductKernels product_table() {
  return {product};
}

}  // namespace spikegrad::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad::fused {
HWY_EXPORT(product_table);
ProductKernels product_kernels() {
  return HWY_DYNAMIC_DISPATCH(product_table)();
}
}  // namespace spikegrad::fused
#endif
