// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/half.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace spikegrad {
namespace {

/// The value of a half by the definition in the standard.
double defined_value(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = bits & 0x8000 ? -1.0 : 1.0;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST(Half, EveryFiniteOneIsExactAndComesBack) {
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const Half half{static_cast<std::uint16_t>(bits)};
    if ((bits >> 10 & 31) == 31) continue;
    ASSERT_EQ(to_float(half), defined_value(half.bits)) << bits;
    ASSERT_EQ(to_half(to_float(half)).bits, bits);
  }
}

TEST(Half, InfinitiesAndNaN) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(to_float(Half{0x7C00}), infinity);
  EXPECT_EQ(to_float(Half{0xFC00}), -infinity);
  EXPECT_TRUE(std::isnan(to_float(Half{0x7E01})));
  EXPECT_EQ(to_half(infinity).bits, 0x7C00);
  EXPECT_EQ(to_half(1e6f).bits, 0x7C00);
  EXPECT_TRUE(std::isnan(to_float(to_half(std::nanf("")))));
}

TEST(Half, RoundsToTheNearestTiesToEven) {
  for (unsigned bits = 0; bits < 0x7BFF; ++bits) {
    const Half low{static_cast<std::uint16_t>(bits)}, high{static_cast<std::uint16_t>(bits + 1)};
    const float a = to_float(low), b = to_float(high), middle = (a + b) / 2;  // exact in single precision
    ASSERT_EQ(to_half(middle).bits, bits & 1 ? high.bits : low.bits) << bits;
    ASSERT_EQ(to_half(std::nextafter(middle, a)).bits, low.bits) << bits;
    ASSERT_EQ(to_half(std::nextafter(middle, b)).bits, high.bits) << bits;
  }
  EXPECT_EQ(to_half(65519.99f).bits, 0x7BFF);
  EXPECT_EQ(to_half(65520.0f).bits, 0x7C00);
}

}  // namespace
}  // namespace spikegrad
