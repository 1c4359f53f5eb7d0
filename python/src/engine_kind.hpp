// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/engine.hpp"

namespace spikegrad::python {

inline EngineKind engine_kind(const std::string& name) {
  constexpr auto names = names_of(EngineKind{});
  for (std::size_t k = 0; k < names.size(); ++k)
    if (names[k] == name) return static_cast<EngineKind>(k);
  throw UserError("engine '" + name + "': must be 'cpu' or 'reference'");
}

}  // namespace spikegrad::python
