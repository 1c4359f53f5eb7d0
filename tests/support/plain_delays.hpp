// SPDX-License-Identifier: Apache-2.0
// Delays of the second simulator (plain_net.hpp), one number for each pair of units.
#pragma once

#include <cstddef>
#include <vector>

#include "spikegrad/network/network.hpp"

namespace spikegrad::testing {

/// Of a connection, in steps [unit][source unit]; empty: it has none. Takes learned ones from `at` on, which moves behind
/// them.
template <class T>
std::vector<std::vector<T>> plain_delays(const Network& network, const Connection& c,
                                         const std::vector<T>& parameters, std::size_t& at) {
  const std::vector<double>& given = c.delays.seconds;
  const bool learned = c.delays.longest > 0.0, by_synapse = c.delays.per == DelayPer::synapse;
  if (!learned && given.empty()) return {};
  const Shape &from = network.populations()[c.from].shape, &to = network.populations()[c.to].shape;
  std::vector<std::vector<T>> delays(to.size(), std::vector<T>(from.size(), T(0.0)));
  std::size_t weights = 1;
  std::visit(
      [&](const auto& kind) {
        kind.for_each(from, to, [&](std::size_t i, std::size_t j, std::size_t k) {
          const std::size_t place = by_synapse ? k : j;
          delays[i][j] =
              learned ? parameters[at + place] : T(given[given.size() > 1 ? place : 0] / network.time().dt);
        });
        for (const std::size_t side : kind.weight_shape(from, to)) weights *= side;
      },
      c.kind);
  if (learned) at += by_synapse ? weights : from.size();
  return delays;
}

}  // namespace spikegrad::testing
