// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/cpu/spike_bits.cpp"
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
//
#include "spikegrad/engine/cpu/simd-inl.hpp"
#include "spikegrad/engine/cpu/spike_bits.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

/// Numbers by which memory is fetched ahead of the reading: two pages, since the processor foresees none but its own.
constexpr std::size_t ahead = 2048;

bool spike_bits_of(const float* values, std::size_t count, std::uint8_t* bits) {
  const D d;
  const V one = hn::Set(d, 1.0f);
  M others = hn::Ne(one, one);
  constexpr int n = static_cast<int>(16 / lanes);
  const auto take = [&](auto&& load, std::size_t at) {
    M set[n];
    for (int v = 0; v < n; ++v) {
      const V value = load(at + v * lanes);
      set[v] = hn::Not(hn::Eq(value, hn::Zero(d)));  // and not Ne(), which says no of a NaN
      others = hn::Or(others, hn::And(set[v], hn::Not(hn::Eq(value, one))));
    }
    store_bits(set, bits + at / 8);
  };
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    hwy::Prefetch(values + i + ahead);
    take([&](std::size_t at) { return hn::LoadU(d, values + at); }, i);
  }
  if (i < count)
    take(
        [&](std::size_t at) {
          return at < count ? hn::MaskedLoad(hn::FirstN(d, count - at), d, values + at) : hn::Zero(d);
        },
        i);
  return hn::AllFalse(d, others);
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad::cpu {
HWY_EXPORT(spike_bits_of);
bool spike_bits(const float* values, std::size_t count, std::uint8_t* bits) {
  return HWY_DYNAMIC_DISPATCH(spike_bits_of)(values, count, bits);
}
}  // namespace spikegrad::cpu
#endif
