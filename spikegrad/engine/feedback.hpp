// SPDX-License-Identifier: Apache-2.0
// Feedback alignment (Lillicrap et al. 2016): in S̄_j += Σ_i w_ij D̄_i a fixed random B_ij stands for w_ij,
//
//   B_ij ~ N(0, scale²/n),   n the fan-in of the connection.
#pragma once

#include <cmath>
#include <vector>

#include "spikegrad/core/random.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad {

/// In the places of the weights [parameter_count]. The same for all nets with the same connections.
inline std::vector<double> feedback_weights(const Network& network, double scale) {
  std::vector<double> feedback(network.parameter_count(), 0.0);
  for (std::size_t c = 0; c < network.connections().size(); ++c) {
    const Connection& connection = network.connections()[c];
    const Shape& source = network.populations()[connection.from].shape;
    const std::size_t fan_in =
        std::visit([&](const auto& kind) { return kind.fan_in(source); }, connection.kind);
    SequentialRng rng(0x666565646261636b, static_cast<std::uint32_t>(c));  // apart from initial weights
    const ParameterBlock& block = network.blocks()[c];
    for (std::size_t k = 0; k < block.size; ++k)
      feedback[block.offset + k] = scale * rng.normal() / std::sqrt(static_cast<double>(fan_in));
  }
  return feedback;
}

}  // namespace spikegrad
