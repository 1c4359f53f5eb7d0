// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "spikegrad/core/jackknife.hpp"
#include "spikegrad/findings/findings.hpp"

namespace spikegrad {

/// How far the surrogate gradient of a stochastic net is from that of the deterministic net with the same
/// weights and the same g, as its escape function gets steeper.
struct DeterministicLimit {
  std::vector<double> beta;
  /// Σ_nets mean_draws |SG_stochastic - SG_deterministic| / Σ_nets |SG_deterministic|, by ratio_of_sums().
  std::vector<Estimate> distance;
  Estimate last_over_first;  ///< of the distances; the nets are the same
};
DeterministicLimit deterministic_limit(const FindingSettings& settings, std::size_t nets, Progress& progress);

Figure limit_figure(const DeterministicLimit& limit);

}  // namespace spikegrad
