// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "spikegrad/cli/app.hpp"
#include "spikegrad/cli/command.hpp"
#include "spikegrad/version.hpp"

namespace spikegrad::cli {

/// A script that bash sources.
std::string bash_completion(const CommandText& program);
/// Section 1, in roff.
std::string manual_page(const CommandText& program, std::string_view version);

/// `line` outlives what is returned.
Command add_shell(App& program, const CommandLine& line);

}  // namespace spikegrad::cli
