// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/flush_denormals.hpp"

#include <gtest/gtest.h>

namespace spikegrad {
namespace {

/// Two products that the compiler cannot work out: one whose result is denormal, one whose operand is.
float small_result() {
  volatile float x = 1e-30f, y = 1e-10f;
  return x * y;
}
float small_operand() {
  volatile float x = 1e-40f, y = 1e10f;
  return x * y;
}

#if defined(__SSE2__) || defined(__aarch64__)
TEST(FlushDenormals, TakesThemForZeroWhileItLives) {
  {
    const cpu::FlushDenormals flush;
    EXPECT_EQ(small_result(), 0.0f);
    EXPECT_EQ(small_operand(), 0.0f);
  }
  EXPECT_GT(small_result(), 0.0f);
  EXPECT_GT(small_operand(), 0.0f);
}

TEST(FlushDenormals, AnInnerOneLeavesTheOuterOneInForce) {
  const cpu::FlushDenormals outer;
  { const cpu::FlushDenormals inner; }
  EXPECT_EQ(small_result(), 0.0f);
}
#endif

}  // namespace
}  // namespace spikegrad
