// SPDX-License-Identifier: Apache-2.0
// Between pictures and spike rasters. Time runs from left to right and units from the bottom to the top, so
// that the picture stands upright in a raster plot: unit 0 is the bottom row.
#pragma once

#include <cstddef>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/data/png.hpp"

namespace spikegrad {

/// The picture stretched to [steps, units]; a spike wherever the mean brightness of what falls on (step,
/// unit) is below `threshold`.
Grid<double> picture_to_raster(const Picture& picture, std::size_t steps, std::size_t units,
                               double threshold);

/// A pixel for each (step, unit), black where the raster is not 0.
Picture raster_to_picture(const Grid<double>& raster);

/// The program's own picture, drawn afresh for every size: a sailing boat, gulls and the sun over waves.
/// Half-tone dots: no unit spikes in two steps running.
Grid<double> drawn_raster(std::size_t steps, std::size_t units);

}  // namespace spikegrad
