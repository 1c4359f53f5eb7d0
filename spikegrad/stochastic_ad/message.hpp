// SPDX-License-Identifier: Apache-2.0
// Parts of error messages.
#pragma once

#include <charconv>
#include <string>

namespace spikegrad::stochastic_ad::detail {

/// The shortest text that reads back as x: 1 + 1e-9 does not become "1.000000".
inline std::string shortest(double x) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, x).ptr};
}

/// Ends the message of an error about an alternative: the plain run never had such a parameter.
inline constexpr const char* of_an_alternative =
    " (for an alternative: what the run would have drawn instead must be possible too)";

}  // namespace spikegrad::stochastic_ad::detail
