// SPDX-License-Identifier: Apache-2.0
// A settings struct as text for people: "sigmoid (beta 15)".
#pragma once

#include <charconv>
#include <string>
#include <type_traits>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

/// Kind and numeric fields of a struct that describes its fields (core/field.hpp).
template <class Settings>
std::string describe_settings(const Settings& settings) {
  std::string text;
  Settings::fields(settings, [&](const char* name, const auto& value, Range, const char*) {
    if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(value)>>) {
      char digits[32];
      const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
      text += (text.empty() ? "" : ", ") + std::string(name) + " " + std::string(digits, end);
    }
  });
  return std::string(Settings::kind) + (text.empty() ? "" : " (" + text + ")");
}

}  // namespace spikegrad
