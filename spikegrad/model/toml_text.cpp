// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/model/toml_text.hpp"

#include <fmt/format.h>

namespace spikegrad {

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace spikegrad
