// SPDX-License-Identifier: Apache-2.0
// IEEE 754 half precision as files store it. Nothing is computed in it: its largest number is 65,504 and its
// spacing just below 1 is 2^-11, so seconds in microseconds would overflow. Convert first.
#pragma once

#include <bit>
#include <cstdint>

namespace spikegrad {

struct Half {
  std::uint16_t bits = 0;
};

/// Exact.
inline float to_float(Half half) {
  const std::uint32_t sign = (half.bits & 0x8000u) << 16, rest = half.bits & 0x7FFFu;
  if (rest >= 0x7C00u) return std::bit_cast<float>(sign | 0x7F800000u | rest << 13);  // infinite or NaN
  // As single precision the same bits mean 2^-112 of the number; subnormal halves are scaled likewise.
  return std::bit_cast<float>(sign |
                              std::bit_cast<std::uint32_t>(std::bit_cast<float>(rest << 13) * 0x1p112f));
}

/// The nearest half, ties to even; beyond its range infinite.
inline Half to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000u);
  const std::uint32_t rest = bits & 0x7FFFFFFFu;
  if (rest > 0x7F800000u) return {static_cast<std::uint16_t>(sign | 0x7E00u)};
  if (rest >= 0x477FF000u) return {static_cast<std::uint16_t>(sign | 0x7C00u)};
  if (rest < 0x38800000u) {
    // Subnormal: adding 0.5 leaves the multiple of 2^-24 in the last bits, rounded by the machine.
    const float shifted = std::bit_cast<float>(rest) + 0.5f;
    return {static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3F000000u))};
  }
  const std::uint32_t rounded = rest - 0x38000000u + 0x0FFFu + (rest >> 13 & 1u);
  return {static_cast<std::uint16_t>(sign | rounded >> 13)};
}

}  // namespace spikegrad
