// SPDX-License-Identifier: Apache-2.0
// Classes that are one frozen pattern each: samples are jittered copies of it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/data/event_set.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// How copies are made of the patterns.
struct CopySettings {
  std::size_t samples_per_class = 100;  ///< 1 or more
  double jitter = 0.0;  ///< standard deviation of a spike's normal displacement, seconds, 0 or more
  std::uint64_t seed = 0;
  std::uint32_t part = 0;  ///< other copies of the same patterns, e.g. 0 to train on and 1 to test on
};

struct PoissonSettings {
  std::size_t classes = 10, units = 100;  ///< 1 to 65,536
  double rate = 10.0;                     ///< of every unit, Hz, above 0
  double duration = 0.2;                  ///< seconds, above 0
};

/// One frozen Poisson pattern a class, keyed by (seed, class, unit). Both throw UserError for settings out of
/// range.
SPIKEGRAD_EXPORT EventSet make_poisson_patterns(const PoissonSettings& settings, const CopySettings& copies);

/// One raster [steps, units] of 0 and 1 a class, all of one shape, with its name; a spike of step t is at (t
/// + ½) dt.
using NamedRaster = std::pair<std::string, Grid<double>>;
SPIKEGRAD_EXPORT EventSet make_raster_patterns(const std::vector<NamedRaster>& rasters, double dt,
                                               const CopySettings& copies);

}  // namespace spikegrad
