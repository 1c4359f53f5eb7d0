// SPDX-License-Identifier: Apache-2.0
// Statistics of the spikes of one population over repeated trials (docs/derivations.md, section 12).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// Spikes of one trial, [steps, units], 0 or 1.
using SpikeRaster = Grid<std::uint8_t>;

/// Mean over units, steps and trials, in Hz; dt in seconds. Throws UserError without a trial, here and
/// below, and where rasters differ in shape.
SPIKEGRAD_EXPORT double population_rate(std::span<const SpikeRaster> trials, double dt);

/// Var/mean over the trials of the number of spikes in a window of `window` steps, averaged over all windows
/// (every first step) of all units in which the mean is above 0. 1 for a Poisson process, 1 - p for
/// independent spikes of probability p a step, 0 where the trials are the same. NaN if there is no spike, or
/// fewer than two trials. The variance is the unbiased one.
SPIKEGRAD_EXPORT double fano_factor(std::span<const SpikeRaster> trials, std::size_t window = 10);

/// Standard deviation over mean of the intervals between a unit's successive spikes within a trial, pooled
/// over trials, averaged over the units with `min_intervals` (2 or more) of them. 0 for a clock, sqrt(1-p)
/// for independent spikes of probability p a step. NaN if there is no such unit.
SPIKEGRAD_EXPORT double interval_cv(std::span<const SpikeRaster> trials, std::size_t min_intervals = 3);

struct ActivityStatistics {
  double rate = 0.0;  ///< Hz
  double cv = 0.0;
  double fano = 0.0;
};
SPIKEGRAD_EXPORT ActivityStatistics activity_statistics(std::span<const SpikeRaster> trials, double dt);

/// The same of every unit by itself, [units].
SPIKEGRAD_EXPORT std::vector<ActivityStatistics> unit_statistics(std::span<const SpikeRaster> trials,
                                                                 double dt);

}  // namespace spikegrad
