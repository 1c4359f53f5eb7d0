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

/// "40 µs", "350 ms", "12 s", "2 min 5 s", "1 h 20 min". A dash for NaN.
std::string seconds_text(double seconds);

/// Rich text (figure.hpp) for places that show no tags: "x<sub>i</sub><sup>2</sup>" is "x_i^2".
std::string plain_text(std::string_view rich);

}  // namespace spikegrad
