// SPDX-License-Identifier: Apache-2.0
// Dropout of spikes: in a training trial a unit sends m S instead of S, m = 0 with probability q, else
// 1/(1-q), so that E[m] = 1. Its own reset, the loss and the regularisers see S.
//
//   D_i = b_i + Σ_j w_ij m_j S_j,   ∂L/∂w_ij = D̄_i m_j S_j,   S̄_j = … + m_j Σ_i w_ij D̄_i
//
// One m a unit and trial, not one a spike: a unit that is silenced step by step would only be noisier, and
// its targets, which average over time, could go on relying on it (N. Srivastava et al., JMLR 15, 2014; one
// mask for a whole sequence: Y. Gal & Z. Ghahramani, NeurIPS 2016).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "spikegrad/core/random.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad {

/// m of each unit [size] of population p in one trial; all 1 for q = 0.
template <class T>
void draw_dropout(const Network& network, std::size_t p, std::uint64_t seed, std::uint32_t sample,
                  std::uint32_t trial, std::span<T> factors) {
  const double q = network.populations()[p].dropout;
  const DrawKey key{.seed = seed,
                    .stream = Stream::dropout,
                    .population = static_cast<std::uint32_t>(p),
                    .trial = trial,
                    .sample = sample};
  for (std::size_t i = 0; i < factors.size(); ++i)
    factors[i] = uniform(key.bits(0, static_cast<std::uint32_t>(i))) < q ? T(0.0) : T(1.0 / (1.0 - q));
}

/// The same of all units [unit_count]; empty where no population drops out.
inline std::vector<double> draw_dropout_scale(const Network& network, std::uint64_t seed,
                                              std::uint32_t sample, std::uint32_t trial) {
  std::vector<double> factors;
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    if (population.dropout == 0.0) continue;
    if (factors.empty()) factors.assign(network.unit_count(), 1.0);
    draw_dropout(network, p, seed, sample, trial,
                 std::span(factors).subspan(network.layout(p).unit_offset, population.size()));
  }
  return factors;
}

}  // namespace spikegrad
