// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace spikegrad {

/// A cell of a CSV file: in quotes where the text holds a comma, a quote or the end of a line (RFC 4180).
inline std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace spikegrad
