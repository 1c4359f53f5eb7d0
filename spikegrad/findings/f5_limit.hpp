// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "spikegrad/findings/estimate.hpp"
#include "spikegrad/findings/findings.hpp"

namespace spikegrad {

/// How far the surrogate gradient of a stochastic net is from that of the deterministic net with the same
/// weights and the same g, as its escape function gets steeper.
struct DeterministicLimit {
  std::vector<double> beta;
  /// |SG_stochastic - SG_deterministic| of a draw over the longer of the two; mean over draws and nets.
  std::vector<Estimate> distance;
};
DeterministicLimit deterministic_limit(const FindingSettings& settings, Progress& progress);

Figure limit_figure(const DeterministicLimit& limit);

}  // namespace spikegrad
