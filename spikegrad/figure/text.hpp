// SPDX-License-Identifier: Apache-2.0
// Numbers as a reader wants to see them, in reports and printed tables.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spikegrad {

/// "0.1234 ± 0.0012", "(3.21 ± 0.04)·10⁻⁷", "0.25": two digits of the standard error and the value as far as
/// they reach, four digits of a value without one. A dash for NaN.
std::string measured_text(double value, std::optional<double> std_error = {});

/// "0.35 s", "12 s", "2 min 5 s", "1 h 20 min". A dash for NaN.
std::string seconds_text(double seconds);

/// Rich text (figure.hpp) without its tags, for places that show none.
std::string plain_text(std::string_view rich);

}  // namespace spikegrad
