// SPDX-License-Identifier: Apache-2.0
// What all loops share: vectors of floats, spike bits in memory. Included once for every instruction set.
#if defined(SPIKEGRAD_CPU_SIMD_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKEGRAD_CPU_SIMD_INL_HPP
#undef SPIKEGRAD_CPU_SIMD_INL_HPP
#else
#define SPIKEGRAD_CPU_SIMD_INL_HPP
#endif

#include <hwy/highway.h>

#include "spikegrad/engine/cpu/kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using DU = hn::RebindToUnsigned<D>;
using V = hn::Vec<D>;
using M = hn::Mask<D>;

inline constexpr std::size_t lanes = hn::MaxLanes(D());

/// Vectors of a chunk that stay in registers together.
inline constexpr int widest = lanes >= 4 ? 4 : 16;

template <int n>
HWY_INLINE void store_bits(const M (&spikes)[n], std::uint8_t* bits) {
  const D d;
  if constexpr (lanes >= 8) {
    for (int v = 0; v < n; ++v) hn::StoreMaskBits(d, spikes[v], bits + v * lanes / 8);
  } else {
    static_assert(lanes >= 8 || n * lanes == 16, "whole bytes");
    std::uint8_t part[8];
    for (std::size_t byte = 0; byte < n * lanes / 8; ++byte) bits[byte] = 0;
    for (int v = 0; v < n; ++v) {
      hn::StoreMaskBits(d, spikes[v], part);
      const std::size_t first = v * lanes;
      bits[first / 8] =
          static_cast<std::uint8_t>(bits[first / 8] | (part[0] & ((1u << lanes) - 1)) << first % 8);
    }
  }
}

template <int n>
HWY_INLINE void load_bits(const std::uint8_t* bits, M (&spikes)[n]) {
  const D d;
  for (int v = 0; v < n; ++v) {
    const std::size_t first = v * lanes;
    if constexpr (lanes >= 8) {
      spikes[v] = hn::LoadMaskBits(d, bits + first / 8);
    } else {
      const std::uint8_t part[8] = {
          static_cast<std::uint8_t>(bits[first / 8] >> first % 8 & ((1u << lanes) - 1))};
      spikes[v] = hn::LoadMaskBits(d, part);
    }
  }
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
