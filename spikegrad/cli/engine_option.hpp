// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/engine.hpp"

namespace spikegrad::cli {

/// Which engine runs the net; empty: not said.
struct EngineOption {
  std::string name;

  void add_to(App& command) {
    command.add_option("--engine", name, "cpu (single precision, fast; the default) or reference (double)")
        ->type_name("NAME");
  }
  EngineKind kind() const {
    if (name.empty() || name == "cpu") return EngineKind::cpu;
    if (name == "reference") return EngineKind::reference;
    throw UserError("--engine " + name + ": must be cpu or reference");
  }
};

}  // namespace spikegrad::cli
