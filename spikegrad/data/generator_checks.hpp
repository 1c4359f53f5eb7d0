// SPDX-License-Identifier: Apache-2.0
// Ranges that the generators of spike data share.
#pragma once

#include <fmt/format.h>

#include <cmath>

#include "spikegrad/core/error.hpp"

namespace spikegrad {

inline void check_count(const char* what, std::size_t value, std::size_t most) {
  if (value < 1 || value > most)
    throw UserError(fmt::format("{} {}, must be from 1 to {}", value, what, most));
}

inline void check_number(const char* what, double value, bool zero_allowed) {
  if (!std::isfinite(value) || value < 0.0 || (value == 0.0 && !zero_allowed))
    throw UserError(
        fmt::format("{} is {}, must be a number {}", what, value, zero_allowed ? "from 0 on" : "above 0"));
}

constexpr std::size_t most_channels = 65536, most_classes = 65536, most_samples = 10'000'000;

}  // namespace spikegrad
