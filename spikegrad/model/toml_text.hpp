// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace spikegrad {

/// `text` as a basic string of TOML, in quotes, on one line, whatever is in it: also fit for a key.
std::string toml_text(std::string_view text);

}  // namespace spikegrad
