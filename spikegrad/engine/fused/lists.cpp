// SPDX-License-Identifier: Apache-2.0
// Lists of active units from spike bits. No branch depends on a bit: the end of a loop over the bits would be
// mispredicted in most steps, which costs more than the list.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/fused/lists.cpp"
#include "spikegrad/engine/fused/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include "spikegrad/engine/fused/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::fused::HWY_NAMESPACE {

/// Positions of the bits set among the first `count`, ascending; returns one past the last.
inline std::uint16_t* list_bits(const std::uint8_t* bits, std::size_t count, std::uint16_t* out) {
  const hn::CappedTag<std::uint16_t, list_slack> d16;
  constexpr std::size_t at_once = hn::MaxLanes(d16);
  if constexpr (at_once < 8) {
    for (std::size_t i = 0; i < count; ++i) {
      *out = static_cast<std::uint16_t>(i);
      out += bits[i / 8] >> i % 8 & 1u;
    }
  } else {
    for (std::size_t first = 0; first < count; first += at_once) {
      auto set = hn::LoadMaskBits(d16, bits + first / 8);
      if (count - first < at_once) set = hn::And(set, hn::FirstN(d16, count - first));
      hn::StoreU(hn::Compress(hn::Iota(d16, static_cast<std::uint16_t>(first)), set), d16, out);
      out += hn::CountTrue(d16, set);
    }
  }
  return out;
}

void list(const ListArgs& a) {
  if (a.begin == 0) a.starts[0] = 0;
  std::uint16_t* out = a.units + a.starts[a.begin];
  for (std::size_t t = a.begin; t < a.end; ++t) {
    out = list_bits(a.mask + t * a.mask_pitch, a.size, out);
    a.starts[t + 1] = static_cast<std::uint32_t>(out - a.units);
  }
}

ListKernels list_table() {
  return {list};
}

}  // namespace spikegrad::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad::fused {
HWY_EXPORT(list_table);
ListKernels list_kernels() {
  return HWY_DYNAMIC_DISPATCH(list_table)();
}
}  // namespace spikegrad::fused
#endif
