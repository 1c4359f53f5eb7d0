// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/figure/text.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/example_parts.hpp"

namespace spikegrad {
namespace {

using testing_support::nan;
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Text, AValueAloneHasFourDigits) {
  EXPECT_EQ(measured_text(0.25), "0.25");
  EXPECT_EQ(measured_text(1.0 / 3.0), "0.3333");
  EXPECT_EQ(measured_text(0.0), "0");
  EXPECT_EQ(measured_text(-1234.5678), "−1235");
  EXPECT_EQ(measured_text(123456.0), "123456");
  EXPECT_EQ(measured_text(2.5e-16), "2.5·10⁻¹⁶");
  EXPECT_EQ(measured_text(-1.5e12), "−1.5·10¹²");
  EXPECT_EQ(measured_text(nan), "—");
  EXPECT_EQ(measured_text(-infinity), "−∞");
}

TEST(Text, TheErrorHasTwoDigitsAndTheValueAsMany) {
  EXPECT_EQ(measured_text(0.123456, 0.0012), "0.1235 ± 0.0012");
  EXPECT_EQ(measured_text(455.2, 12.4), "455 ± 12");
  EXPECT_EQ(measured_text(-3.2123e-7, 4.2e-9), "(−3.212 ± 0.042)·10⁻⁷");
  EXPECT_EQ(measured_text(1e-9, 0.5), "0.00 ± 0.50");
  EXPECT_EQ(measured_text(-1e-13, 4.9e-7), "(0.0 ± 4.9)·10⁻⁷");
  EXPECT_EQ(measured_text(1.0 / 3.0, 0.0), "0.3333 ± 0");
  EXPECT_EQ(measured_text(0.3484001, 1e-9), "0.3484 ± 1·10⁻⁹");
  EXPECT_EQ(measured_text(nan, 0.1), "—");
  EXPECT_EQ(measured_text(1.5, nan), "1.5 ± —");
}

TEST(Text, TimesInTheUnitOfTheirSize) {
  EXPECT_EQ(seconds_text(3e-9), "3 ns");
  EXPECT_EQ(seconds_text(4.2e-5), "42 µs");
  EXPECT_EQ(seconds_text(0.35), "350 ms");
  EXPECT_EQ(seconds_text(12.3), "12 s");
  EXPECT_EQ(seconds_text(59.7), "1 min 0 s");
  EXPECT_EQ(seconds_text(125.0), "2 min 5 s");
  EXPECT_EQ(seconds_text(4800.0), "1 h 20 min");
  EXPECT_EQ(seconds_text(0.0), "0 s");
  EXPECT_EQ(seconds_text(nan), "—");
}

TEST(Text, RichTextWithoutItsTags) {
  EXPECT_EQ(plain_text("x<sub>i</sub><sup>2</sup> is <b>not</b> a < b"), "x_i^2 is not a < b");
}

}  // namespace
}  // namespace spikegrad
