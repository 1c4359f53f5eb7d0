// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/spike_lists.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>

namespace spikegrad {
namespace {

constexpr std::size_t block = 32;  ///< values looked at together, by their bits: most are 0

/// `count` values: whether any is a spike, and whether one is neither 0 nor 1. Vectors of comparisons, no branches.
template <class Bits, class T>
void look(const T* at, std::size_t count, Bits& any, Bits& other) {
  constexpr Bits one = std::bit_cast<Bits>(T(1));
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = static_cast<Bits>(std::bit_cast<Bits>(at[i]) << 1);  // without the sign of -0
    any |= bits;
    other |= static_cast<Bits>((bits != 0) & (std::bit_cast<Bits>(at[i]) != one));
  }
}

template <class T>
bool list(std::span<const T> values, std::size_t size, SpikeLists& lists) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  lists.begin.clear();
  if (size == 0 || size > 65536) return false;
  lists.begin.push_back(0);
  std::size_t found = 0;
  Bits other = 0;
  for (std::size_t row = 0; row < values.size(); row += size) {
    if (lists.units.size() < found + size) lists.units.resize(2 * found + size);
    for (std::size_t first = 0; first < size; first += block) {
      const T* at = values.data() + row + first;
      const std::size_t count = std::min(block, size - first);
      Bits any = 0;
      if (count == block)
        look<Bits>(at, block, any, other);  // a number that the compiler knows
      else
        look<Bits>(at, count, any, other);
      if (any == 0) continue;
      // Every unit is written down, and overwritten by the next where it did not spike.
      std::uint16_t* units = lists.units.data();
      for (std::size_t i = 0; i < count; ++i) {
        units[found] = static_cast<std::uint16_t>(first + i);
        found += at[i] != T(0);
      }
    }
    if (other != 0) return false;
    lists.begin.push_back(static_cast<std::uint32_t>(found));
  }
  lists.units.resize(found);
  return true;
}

}  // namespace

bool list_spikes(std::span<const float> values, std::size_t size, SpikeLists& lists) {
  return list(values, size, lists);
}
bool list_spikes(std::span<const double> values, std::size_t size, SpikeLists& lists) {
  return list(values, size, lists);
}

}  // namespace spikegrad
