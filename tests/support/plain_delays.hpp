// SPDX-License-Identifier: Apache-2.0
// Delays of the second simulator (plain_net.hpp), one number for each pair of units.
#pragma once

#include <algorithm>
#include <cmath>
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

/// The shares of the steps 0, 1, … around a delay, by the Gaussian of this moment of the training.
template <class T>
std::vector<T> plain_shares(const ConnectionDelays& of, double dt, double done, const T& delay) {
  using std::exp;
  const double first = of.spread.sigma / dt,
               last = of.spread.sigma_end > 0.0 ? of.spread.sigma_end / dt : 0.5;
  const double way = std::min(1.0, done / of.spread.part);
  const double sigma = std::exp((1.0 - way) * std::log(first) + way * std::log(last));
  std::vector<T> shares;
  T sum(0.0);
  for (double k = 0.0; k < of.longest / dt + 1.0 - 1e-9; k += 1.0) {
    const T z = (k - delay) / sigma;
    shares.push_back(exp(-0.5 * z * z));
    sum = sum + shares.back();
  }
  for (T& share : shares) share = share / sum;
  return shares;
}

}  // namespace spikegrad::testing
