// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/model/parse_document.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spikegrad/core/error.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/model/toml_table.hpp"

namespace spikegrad {
namespace {

/// Throws where a key has more than ModelLimits::key_parts parts. toml++ bounds the nesting of values, but
/// not of keys: a.a.a.… of a megabyte would become tables so deep that freeing them overflows the stack.
void check_keys(std::string_view text, const std::string& source) {
  std::size_t dots = 0, line = 1;
  const auto skip_string = [&](std::size_t i) {  // gives the place of the closing quote
    const char quote = text[i];
    const std::size_t width = text.substr(i).starts_with(std::string(3, quote)) ? 3 : 1;
    for (i += width; i < text.size(); ++i) {
      if (text[i] == '\n') {
        ++line;
        if (width == 1) return i;  // not closed; the parser will say so
      } else if (text[i] == '\\' && quote == '"') {
        ++i;
      } else if (text.substr(i).starts_with(
                     std::string_view("\"\"\"'''").substr(quote == '"' ? 0 : 3, width))) {
        return i + width - 1;
      }
    }
    return i;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '#':
        i = std::min(text.find('\n', i), text.size()) - 1;
        break;
      case '"':
      case '\'':
        i = skip_string(i);
        break;
      case '.':
        if (++dots > ModelLimits::key_parts)
          throw UserError(fmt::format("{}:{}: a key has too many parts", source, line));
        break;
      case '\n':
        ++line;
        [[fallthrough]];
      case ',':
      case '=':
      case '[':
      case ']':
      case '{':
      case '}':
        dots = 0;
        break;
      default:
        break;
    }
  }
}

}  // namespace

toml::table parse_document(std::string_view text, const std::string& source) {
  const std::string name = one_line(source, 300);
  if (text.find('\0') != std::string_view::npos)
    throw UserError(name + ": is a binary file, must be a model file in TOML");
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    throw UserError(name + ": is empty, must be a model file in TOML");
  if (text.size() > ModelLimits::file_bytes)
    throw UserError(
        fmt::format("{}: is longer than {} MiB, the most that is read", name, ModelLimits::file_bytes >> 20));
  check_keys(text, name);
  try {
    return toml::parse(text, std::string_view(source));
  } catch (const toml::parse_error& error) {
    throw UserError(
        fmt::format("{}:{}: {}", name, error.source().begin.line, one_line(error.description(), 300)));
  }
}

}  // namespace spikegrad
