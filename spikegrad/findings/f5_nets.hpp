// SPDX-License-Identifier: Apache-2.0
// The nets of F5: stochastic, one to three layers, binary and LIF, every reset.
#pragma once

#include <string>
#include <vector>

#include "spikegrad/findings/random_stack.hpp"

namespace spikegrad {

struct NetKind {
  std::string name;
  std::string model;  ///< experiments/NAME.toml
  StackSettings stack;
};

/// Binary nets of depth 1 … 3, LIF nets of depth 1 … 3 with each of the four resets. `differentiate_reset`:
/// of the LIF units. `small`: small enough for enumeration, and with β = 1.5, so that no spike is so rare
/// that a few thousand samples would miss it.
std::vector<NetKind> link_nets(bool differentiate_reset, bool small);

}  // namespace spikegrad
