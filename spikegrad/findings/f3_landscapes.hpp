// SPDX-License-Identifier: Apache-2.0
// F3: surrogate gradients of two weights, v1 and v2, integrated over the plane ([GZ]). What comes out depends on the
// path where the field is no gradient: here first along v1 and then along v2, or the other way round.
#pragma once

#include <vector>

#include "spikegrad/figure/finding.hpp"
#include "spikegrad/findings/findings.hpp"

namespace spikegrad {

/// The field of one surrogate over a square of v1 and v2.
struct GradientLandscape {
  double beta = 0.0;                           ///< slope of the surrogate
  std::vector<double> axis = {};               ///< of either weight
  std::vector<double> by_v1 = {}, by_v2 = {};  ///< the components, [v2, v1]
  std::vector<double> v1_first = {};  ///< [v2, v1]: integrated along the lowest row, then up each column
  std::vector<double> v2_first = {};  ///< the other way round
  Series arrows = {};                 ///< steps of descent
  double range = 0.0, apart = 0.0;    ///< of v1_first; largest |v1_first - v2_first|
  double apart_error = 0.0;           ///< of apart: how much a grid of half as many points changes it
};

/// The last one's slope is the net's own.
std::vector<GradientLandscape> gradient_landscapes(const FindingSettings& settings);

std::vector<FindingRow> landscape_rows(const std::vector<GradientLandscape>& landscapes);
Figure landscape_figure(const std::vector<GradientLandscape>& landscapes);

}  // namespace spikegrad
