// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace spikegrad {

/// Text to TOML document. Throws UserError, one line with file and line, for what is not TOML (or binary, or
/// empty).
toml::table parse_document(std::string_view text, const std::string& source);

}  // namespace spikegrad
