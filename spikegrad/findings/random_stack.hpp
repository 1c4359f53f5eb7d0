// SPDX-License-Identifier: Apache-2.0
// Random nets for the maps: layers x → h → … → h → y made of the populations of a model file.
#pragma once

#include <cstdint>
#include <optional>

#include "spikegrad/model/model.hpp"

namespace spikegrad {

struct StackSettings {
  std::size_t depth = 2;                        ///< spiking layers: depth - 1 copies of h, and y; at least 1
  std::size_t width = 3;                        ///< units of each hidden layer
  double gain = 2.0;                            ///< w ~ N(0, gain²/fan-in)
  std::optional<double> beta = {};              ///< slope of every unit's sigmoid; absent: the file's
  std::optional<double> hidden_threshold = {};  ///< absent: the file's
  std::optional<Reset> reset = {};              ///< of every LIF unit; absent: the file's
  std::optional<bool> differentiate_reset = {};
  std::optional<std::size_t> steps = {};    ///< the first ones of the file
  std::optional<OutputKind> output = {};    ///< of every spiking unit; absent: the file's
  std::optional<Surrogate> surrogate = {};  ///< of every spiking unit; absent: the file's
};

/// The net number `net`: its weights depend on seed and number alone. `base` has the populations x, h, y in
/// this order and a linear loss on y; input and loss coefficients are its own, cut to `steps`.
Model random_stack(const Model& base, const StackSettings& settings, std::uint64_t seed, std::uint32_t net);

}  // namespace spikegrad
