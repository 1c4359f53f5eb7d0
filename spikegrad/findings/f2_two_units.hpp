// SPDX-License-Identifier: Apache-2.0
// The smallest net with a biased surrogate gradient: x → h → y, E[y | h] = f(u + v h). By
// docs/derivations.md, section 6,
//
//   E[surrogate] - truth = f'(x_h) x · ( E_h[v f'(u + v h)] - [f(u + v) - f(u)] )
//
// for the weight of h: the curvature of f over one spike.
#pragma once

#include "spikegrad/findings/findings.hpp"

namespace spikegrad {

struct TwoUnits {
  FindingRow row;  ///< largest difference of measured and predicted bias over the scan of v
  Figure figure;
};
TwoUnits measure_two_units(const FindingSettings& settings, Progress& progress);

}  // namespace spikegrad
