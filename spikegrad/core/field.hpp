// SPDX-License-Identifier: Apache-2.0
// How a settings struct describes its own fields, once, for everyone who needs to know: the model-file reader
// (names, ranges), the writer of resolved model files, and `list` (descriptions).
//
//   struct SigmoidEscape {
//     double beta = 10;
//     template <class Self, class Visitor>
//     static void fields(Self& self, Visitor&& visit) {
//       visit("beta", self.beta, Range::positive, "slope, 1/threshold");
//     }
//   };
//
// Self is deduced so that one function serves reading (const) and filling (mutable). Where fields can be
// wrong together though each is right, the struct has `std::string_view invalid() const`: what is wrong, or
// nothing.
#pragma once

#include <cmath>
#include <cstdint>

namespace spikegrad {

/// Which values of a number are possible. NaN and infinity never are.
enum class Range : std::uint8_t { any, positive, non_negative, probability };

constexpr const char* describe(Range range) {
  switch (range) {
    case Range::any:
      return "a finite number";
    case Range::positive:
      return "a number above 0";
    case Range::non_negative:
      return "a number of 0 or more";
    case Range::probability:
      return "a number from 0 to 1";
  }
  return "";
}

inline bool contains(Range range, double value) {
  if (!std::isfinite(value)) return false;
  switch (range) {
    case Range::any:
      return true;
    case Range::positive:
      return value > 0;
    case Range::non_negative:
      return value >= 0;
    case Range::probability:
      return value >= 0 && value <= 1;
  }
  return false;
}

}  // namespace spikegrad
