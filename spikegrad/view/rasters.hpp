// SPDX-License-Identifier: Apache-2.0
// Spikes as panels of a figure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/figure/figure.hpp"
#include "spikegrad/measure/activity.hpp"

namespace spikegrad {

/// The events of [steps, units] for which is_spike(step, unit).
template <class IsSpike>
Raster raster_of(std::size_t steps, std::size_t units, double dt, const IsSpike& is_spike) {
  Raster raster{.steps = steps, .units = units, .dt = dt};
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t i = 0; i < units; ++i)
      if (is_spike(t, i)) raster.events.push_back({t, i});
  return raster;
}

/// One trial of all units; `units` is the label of the axis.
Panel spikes_panel(std::string title, const SpikeRaster& spikes, double dt, std::string units);

/// One unit in every trial: a row is a trial.
Panel trials_panel(std::string title, std::span<const SpikeRaster> trials, std::size_t unit, double dt);

/// The `count` units with the most spikes, or all there are, busiest first; equal ones by number.
std::vector<std::size_t> busiest(std::span<const SpikeRaster> trials, std::size_t count);

}  // namespace spikegrad
