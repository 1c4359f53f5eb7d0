// SPDX-License-Identifier: Apache-2.0
// Settings made in code are held to what a model file's reader holds them to.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/field.hpp"

namespace spikegrad {

/// Throws UserError, "WHERE NAME must be …", where a field of the settings is out of its range, or the fields
/// do not go together. Whole numbers are out of range where they are 0.
template <class Settings>
void check_fields(const Settings& settings, const std::string& where) {
  if constexpr (requires { Settings::fields(settings, [](auto&&...) {}); })
    Settings::fields(settings, [&](std::string_view name, const auto& value, Range range, std::string_view) {
      using Value = std::remove_cvref_t<decltype(value)>;
      const auto check = [&](double number) {
        if (!contains(range, number))
          throw UserError(where + std::string(name) + " must be " +
                          (std::is_integral_v<Value> ? "1 or more" : describe(range)));
      };
      if constexpr (std::is_same_v<Value, std::vector<double>>)
        for (const double number : value) check(number);
      else if constexpr (std::is_arithmetic_v<Value>)
        check(static_cast<double>(value));
    });
  if constexpr (requires { settings.invalid(); })
    if (const std::string_view why = settings.invalid(); !why.empty())
      throw UserError(where + std::string(why));
}

}  // namespace spikegrad
