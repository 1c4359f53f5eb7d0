// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "spikegrad/export.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad {

/// The place in the flat parameters of "x->h[1,0]" or "h.bias[2]": a block's name and one index per axis.
/// Throws UserError that says what is wrong with it.
SPIKEGRAD_EXPORT std::size_t parameter_index(const Network& network, std::string_view name);

}  // namespace spikegrad
