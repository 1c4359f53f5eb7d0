// SPDX-License-Identifier: Apache-2.0
// ARS-7 (core/ars.hpp) on several blocks at once: the bits that CounterDraws would give, unit after unit.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/cpu/random_bits.cpp"
#define HWY_WANT_AVX3_DL  // AESRound on whole vectors
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include "spikegrad/core/ars.hpp"
#include "spikegrad/engine/cpu/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void random_bits(const RandomBitsArgs& a) {
  Block key;
  for (std::size_t i = 0; i < 4; ++i) key[i] = a.round_keys[i];
  for (std::size_t t = a.begin; t < a.end; ++t)
    for (std::size_t u = 0; u < a.width; u += 4) {
      const Block block = ars4x32({static_cast<std::uint32_t>((a.first_unit + u) / 4),
                                   static_cast<std::uint32_t>(t), a.sample, a.trial},
                                  key);
      for (std::size_t i = 0; i < 4; ++i) a.random_bits[(t - a.begin) * a.pitch + u + i] = block[i];
    }
}

#else

void random_bits(const RandomBitsArgs& a) {
  const DU du;
  const hn::Repartition<std::uint8_t, DU> d8;
  using V8 = hn::Vec<decltype(d8)>;
  V8 keys[ars::rounds + 1];
  for (int r = 0; r <= ars::rounds; ++r) keys[r] = hn::BitCast(d8, hn::LoadDup128(du, a.round_keys + 4 * r));

  // counter = {block, step, sample, trial}; the vector's blocks follow each other.
  HWY_ALIGN std::uint32_t counter[lanes], ahead[lanes];
  for (std::size_t i = 0; i < lanes; i += 4) {
    counter[i] = static_cast<std::uint32_t>(a.first_unit / 4 + i / 4);
    counter[i + 1] = 0;
    counter[i + 2] = a.sample;
    counter[i + 3] = a.trial;
    ahead[i] = lanes / 4;
    ahead[i + 1] = ahead[i + 2] = ahead[i + 3] = 0;
  }
  const auto next = hn::Load(du, ahead);
  for (std::size_t t = a.begin; t < a.end; ++t) {
    for (std::size_t i = 0; i < lanes; i += 4) counter[i + 1] = static_cast<std::uint32_t>(t);
    auto at = hn::Load(du, counter);
    std::uint32_t* row = a.random_bits + (t - a.begin) * a.pitch;
    for (std::size_t u = 0; u < a.width; u += lanes) {
      V8 v = hn::Xor(hn::BitCast(d8, at), keys[0]);
      for (int r = 1; r < ars::rounds; ++r) v = hn::AESRound(v, keys[r]);
      v = hn::AESLastRound(v, keys[ars::rounds]);
      hn::StoreU(hn::BitCast(du, v), du, row + u);
      at = hn::Add(at, next);
    }
  }
}

#endif

RandomKernels random_table() {
  return {random_bits};
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad::cpu {
HWY_EXPORT(random_table);
RandomKernels random_kernels() {
  return HWY_DYNAMIC_DISPATCH(random_table)();
}
}  // namespace spikegrad::cpu
#endif
