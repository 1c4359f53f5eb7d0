// SPDX-License-Identifier: Apache-2.0
// Lists of active units from spike bits. No branch depends on a bit: the end of a loop over the bits would be
// mispredicted in most steps, which costs more than the list.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/cpu/spike_indices.cpp"
#define HWY_WANT_AVX3_DL  // packing of 16-bit indices
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include <array>
#include <cstring>

#include "spikegrad/engine/cpu/simd-inl.hpp"

#ifndef SPIKEGRAD_CPU_BITS_OF_BYTE
#define SPIKEGRAD_CPU_BITS_OF_BYTE
namespace spikegrad::cpu {

/// Of each byte: its bits that are set, ascending, and how many.
struct BitsOfByte {
  std::array<std::uint16_t, 8> positions = {};
  std::uint16_t count = 0;
};
inline constexpr std::array<BitsOfByte, 256> bits_of_byte = [] {
  std::array<BitsOfByte, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte)
    for (unsigned bit = 0; bit < 8; ++bit)
      if ((byte >> bit & 1u) != 0)
        table[byte].positions[table[byte].count++] = static_cast<std::uint16_t>(bit);
  return table;
}();

}  // namespace spikegrad::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

/// index_bits: positions of the bits set among the first `count`, ascending; returns one past the last. Where
/// the instruction set does not compress vectors of 16-bit numbers, a table is several times faster.
#if HWY_TARGET == HWY_AVX3_DL

inline std::uint16_t* index_bits(const std::uint8_t* bits, std::size_t count, std::uint16_t* out) {
  const hn::ScalableTag<std::uint16_t> d16;
  constexpr std::size_t at_once = hn::MaxLanes(d16);
  static_assert(at_once <= index_slack);
  for (std::size_t first = 0; first < count; first += at_once) {
    auto set = hn::LoadMaskBits(d16, bits + first / 8);
    if (count - first < at_once) set = hn::And(set, hn::FirstN(d16, count - first));
    hn::StoreU(hn::Compress(hn::Iota(d16, static_cast<std::uint16_t>(first)), set), d16, out);
    out += hn::CountTrue(d16, set);
  }
  return out;
}

#else

inline std::uint16_t* index_bits(const std::uint8_t* bits, std::size_t count, std::uint16_t* out) {
  const auto add = [&](unsigned byte, std::size_t first) {
    std::array<std::uint16_t, 8> positions = bits_of_byte[byte].positions;
    for (std::uint16_t& position : positions) position = static_cast<std::uint16_t>(position + first);
    std::memcpy(out, positions.data(), sizeof positions);
    out += bits_of_byte[byte].count;
  };
  for (std::size_t byte = 0; byte < count / 8; ++byte) add(bits[byte], 8 * byte);
  if (count % 8 != 0) add(bits[count / 8] & ((1u << count % 8) - 1u), count / 8 * 8);
  return out;
}

#endif

void spike_indices(const SpikeIndicesArgs& a) {
  if (a.begin == 0) a.starts[0] = 0;
  std::uint16_t* out = a.units + a.starts[a.begin];
  for (std::size_t t = a.begin; t < a.end; ++t) {
    out = index_bits(a.mask + t * a.mask_pitch, a.size, out);
    a.starts[t + 1] = static_cast<std::uint32_t>(out - a.units);
  }
}

SpikeIndexKernels spike_index_table() {
  return {spike_indices};
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad::cpu {
HWY_EXPORT(spike_index_table);
SpikeIndexKernels spike_index_kernels() {
  return HWY_DYNAMIC_DISPATCH(spike_index_table)();
}
}  // namespace spikegrad::cpu
#endif
