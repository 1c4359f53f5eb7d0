// SPDX-License-Identifier: Apache-2.0
// Which spikes counterfactual-k flips: K draws with replacement, slot k with probability q_k = f'(x_k)/Σ f'.
// A slot drawn m times counts m/(K q_k) times, whose mean is 1 (docs/derivations.md, section 4).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "spikegrad/engine/draws.hpp"

namespace spikegrad {

struct FlipChoice {
  std::size_t candidate = 0;
  double times = 0.0;  ///< m/(K q)
};

/// The m-th draw inverts the distribution at the m-th auxiliary number. In ascending order of the candidates;
/// none where there are none. `slopes`: f'(x_k) > 0 of each candidate.
inline std::vector<FlipChoice> choose_flips(std::span<const double> slopes, std::size_t count, Draws& draws) {
  std::vector<FlipChoice> choices;
  if (slopes.empty()) return choices;
  std::vector<double> cumulative(slopes.size());
  std::partial_sum(slopes.begin(), slopes.end(), cumulative.begin());
  const double total = cumulative.back();
  std::vector<std::size_t> chosen(count);
  for (std::size_t m = 0; m < count; ++m) {
    // By bisection, because all that may be asked of a number is whether it is below another.
    std::size_t low = 0, high = slopes.size() - 1;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (draws.auxiliary_below(static_cast<std::uint32_t>(m), cumulative[middle] / total))
        high = middle;
      else
        low = middle + 1;
    }
    chosen[m] = low;
  }
  std::sort(chosen.begin(), chosen.end());
  for (const std::size_t candidate : chosen) {
    if (choices.empty() || choices.back().candidate != candidate) choices.push_back({candidate, 0.0});
    choices.back().times += total / (static_cast<double>(count) * slopes[candidate]);
  }
  return choices;
}

}  // namespace spikegrad
