// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/view/rasters.hpp"

#include <algorithm>
#include <numeric>

namespace spikegrad {

Panel spikes_panel(std::string title, const SpikeRaster& spikes, double dt, std::string units) {
  return {.title = std::move(title),
          .x = {.label = "time (ms)"},
          .y = {.label = std::move(units)},
          .raster = raster_of(spikes.rows(), spikes.columns(), dt,
                              [&](std::size_t t, std::size_t i) { return spikes[t][i] != 0; })};
}

Panel trials_panel(std::string title, std::span<const SpikeRaster> trials, std::size_t unit, double dt) {
  return {.title = std::move(title),
          .x = {.label = "time (ms)"},
          .y = {.label = "trial"},
          .raster = raster_of(trials[0].rows(), trials.size(), dt,
                              [&](std::size_t t, std::size_t k) { return trials[k][t][unit] != 0; })};
}

std::vector<std::size_t> busiest(std::span<const SpikeRaster> trials, std::size_t count) {
  std::vector<std::size_t> spikes(trials[0].columns());
  for (const SpikeRaster& trial : trials)
    for (std::size_t t = 0; t < trial.rows(); ++t)
      for (std::size_t i = 0; i < trial.columns(); ++i) spikes[i] += trial[t][i];
  std::vector<std::size_t> units(spikes.size());
  std::iota(units.begin(), units.end(), std::size_t{0});
  std::stable_sort(units.begin(), units.end(),
                   [&](std::size_t a, std::size_t b) { return spikes[a] > spikes[b]; });
  units.resize(std::min(count, units.size()));
  return units;
}

}  // namespace spikegrad
