// SPDX-License-Identifier: Apache-2.0
// The absolute refractory period: after a spike a unit does not spike in the next R steps.
//
//   P(S[t] = 1) = f(x[t]) Π_{k=1…R} (1 - S[t-k])
//
// The product is 0 or 1, and no derivative passes through it. So a spike that cannot be depends on no potential, and
// what a spike forbids later on is seen only by estimators that ask what would have been.
#pragma once

#include <algorithm>
#include <cstddef>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/core/number.hpp"

namespace spikegrad {

/// The product above, of what column u of `output` holds in the steps before t. The alternatives of a stochastic triple
/// have a product of their own.
template <class T>
T refractory_gate(const Grid<T>& output, std::size_t u, std::size_t t, std::size_t refractory_steps) {
  T gate(1.0);
  for (std::size_t k = 1; k <= std::min(refractory_steps, t); ++k)
    gate = gate * (1.0 - T(detach(output[t - k][u])));
  return gate;
}

/// Is it 0?
inline bool is_refractory(const Grid<double>& output, std::size_t u, std::size_t t,
                          std::size_t refractory_steps) {
  for (std::size_t k = 1; k <= std::min(refractory_steps, t); ++k)
    if (output[t - k][u] != 0.0) return true;
  return false;
}

/// Does a raster leave every unit its refractory periods? One that does not has probability 0.
inline bool leaves_refractory_periods(const Grid<double>& raster, std::size_t refractory_steps) {
  for (std::size_t t = 0; t < raster.rows() && refractory_steps > 0; ++t)
    for (std::size_t u = 0; u < raster.columns(); ++u)
      if (raster[t][u] != 0.0 && is_refractory(raster, u, t, refractory_steps)) return false;
  return true;
}

}  // namespace spikegrad
