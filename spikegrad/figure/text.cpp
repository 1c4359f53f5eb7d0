// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/figure/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spikegrad {
namespace {

constexpr int least_fixed = -3;     // 0.001 is written out, 0.0001 is 10⁻⁴
constexpr int most_fixed = 5;       // 999999 is written out
constexpr double tiny = 1e-5;       // a relative error below this is written on its own, after six digits
constexpr const char* minus = "−";  // the sign, not the hyphen
constexpr const char* missing = "—";

int exponent_of(double x) {
  return x == 0.0 ? 0 : static_cast<int>(std::floor(std::log10(std::abs(x))));
}

std::string signed_text(std::string text) {
  if (!text.starts_with('-')) return text;
  text.erase(0, 1);
  if (text.find_first_of("123456789") != std::string::npos) text.insert(0, minus);  // -0.00 is 0.00
  return text;
}

std::string fixed(double x, int decimals) {
  return signed_text(fmt::format("{:.{}f}", x, std::clamp(decimals, 0, 15)));
}

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string power_of_ten(int exponent) {
  static constexpr const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = "10";
  if (exponent < 0) text += "⁻";
  for (const char c : std::to_string(std::abs(exponent))) text += digits[c - '0'];
  return text;
}

bool written_out(int exponent) {
  return exponent >= least_fixed && exponent <= most_fixed;
}

std::string alone(double x, int digits) {
  if (!std::isfinite(x)) return std::isnan(x) ? missing : (x > 0 ? "∞" : "−∞");
  const int exponent = exponent_of(x);
  if (written_out(exponent)) return without_trailing_zeros(fixed(x, digits - 1 - exponent));
  const std::string mantissa = without_trailing_zeros(fixed(x / std::pow(10.0, exponent), digits - 1));
  return mantissa + "·" + power_of_ten(exponent);
}

}  // namespace

std::string measured_text(double value, std::optional<double> std_error) {
  if (!std_error || !std::isfinite(value)) return alone(value, 4);
  const double error = *std_error;
  if (!(error > tiny * std::abs(value)) || !std::isfinite(error))
    return alone(value, error == 0.0 ? 4 : 6) + " ± " + alone(error, 2);
  const int exponent = exponent_of(std::max(std::abs(value), error));
  const int decimals = 1 - exponent_of(error);
  if (written_out(exponent)) return fixed(value, decimals) + " ± " + fixed(error, decimals);
  const double unit = std::pow(10.0, exponent);
  return "(" + fixed(value / unit, decimals + exponent) + " ± " + fixed(error / unit, decimals + exponent) +
         ")·" + power_of_ten(exponent);
}

std::string seconds_text(double seconds) {
  if (!std::isfinite(seconds)) return missing;
  if (seconds > 0.0 && seconds < 1e-6) return alone(seconds * 1e9, 2) + " ns";
  if (seconds > 0.0 && seconds < 1e-3) return alone(seconds * 1e6, 2) + " µs";
  if (seconds > 0.0 && seconds < 1.0) return alone(seconds * 1e3, 2) + " ms";
  if (seconds < 59.5) return alone(seconds, 2) + " s";
  const auto whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string plain_text(std::string_view rich) {
  static constexpr std::pair<std::string_view, std::string_view> tags[] = {
      {"<sub>", "_"}, {"</sub>", ""}, {"<sup>", "^"}, {"</sup>", ""},
      {"<i>", ""},    {"</i>", ""},   {"<b>", ""},    {"</b>", ""}};
  std::string text;
  while (!rich.empty()) {
    const auto tag = std::ranges::find_if(tags, [&](const auto& t) { return rich.starts_with(t.first); });
    if (tag != std::end(tags)) {
      text += tag->second;
      rich.remove_prefix(tag->first.size());
    } else {
      text += rich.front();
      rich.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace spikegrad
