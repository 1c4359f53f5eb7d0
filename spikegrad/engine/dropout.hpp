// SPDX-License-Identifier: Apache-2.0
// Dropout of spikes: in a training trial a unit sends m S instead of S, m = 0 with probability q, else
// 1/(1-q), so that E[m] = 1. Its own reset, the loss and the regularisers see S.
//
//   D_i = b_i + Σ_j w_ij m_j S_j,   ∂L/∂w_ij = D̄_i m_j S_j,   S̄_j = … + m_j Σ_i w_ij D̄_i
//
// By default one m a unit and trial, not one a spike: a unit that is silenced step by step is only noisier, and
// its targets, which average over time, can go on relying on it (N. Srivastava et al., JMLR 15, 2014; one
// mask for a whole sequence: Y. Gal & Z. Ghahramani, NeurIPS 2016). DropoutPer::step draws m_j[t] anew in each step t;
// what is sent in step t has its m[t], whenever it acts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "spikegrad/core/random.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad {

/// m of each unit [size] of population p in one step of a trial, the same in all steps where it drops out for the trial;
/// all 1 for q = 0.
template <class T>
void draw_dropout(const Network& network, std::size_t p, std::uint64_t seed, std::uint32_t sample,
                  std::uint32_t trial, std::size_t step, std::span<T> factors) {
  const double q = network.populations()[p].dropout;
  const DrawKey key{.seed = seed,
                    .stream = Stream::dropout,
                    .population = static_cast<std::uint32_t>(p),
                    .trial = trial,
                    .sample = sample};
  const bool each = network.populations()[p].dropout_per == DropoutPer::step;
  const auto row = static_cast<std::uint32_t>(each ? step : 0);
  for (std::size_t i = 0; i < factors.size(); ++i)
    factors[i] = uniform(key.bits(row, static_cast<std::uint32_t>(i))) < q ? T(0.0) : T(1.0 / (1.0 - q));
}

/// Does some population draw its factors step by step?
inline bool drops_by_step(const Network& network) {
  return std::any_of(network.populations().begin(), network.populations().end(), [](const Population& p) {
    return p.dropout > 0.0 && p.dropout_per == DropoutPer::step;
  });
}

/// The same of all units: [unit_count], or [steps, unit_count] where they differ from step to step; empty where no
/// population drops out.
inline std::vector<double> draw_dropout_scale(const Network& network, std::uint64_t seed,
                                              std::uint32_t sample, std::uint32_t trial) {
  std::vector<double> factors;
  const std::size_t units = network.unit_count(), rows = drops_by_step(network) ? network.steps() : 1;
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    if (population.dropout == 0.0) continue;
    if (factors.empty()) factors.assign(rows * units, 1.0);
    for (std::size_t t = 0; t < rows; ++t)
      draw_dropout(network, p, seed, sample, trial, t,
                   std::span(factors).subspan(t * units + network.layout(p).unit_offset, population.size()));
  }
  return factors;
}

/// m of unit u of `units` in step t, from factors of either form.
inline double dropout_factor(std::span<const double> scale, std::size_t units, std::size_t t, std::size_t u) {
  if (scale.empty()) return 1.0;
  return scale.size() == units ? scale[u] : scale[t * units + u];
}

}  // namespace spikegrad
