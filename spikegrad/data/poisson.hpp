// SPDX-License-Identifier: Apache-2.0
// Frozen Poisson patterns.
#pragma once

#include <algorithm>
#include <cstdint>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/field.hpp"
#include "spikegrad/core/grid.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/network/network.hpp"
#include "spikegrad/neuron/escape/exponential_hazard.hpp"

namespace spikegrad {

/// A raster [time.steps, units] of 0 and 1: independent Poisson processes of `rate` Hz, a step being 1 where
/// it holds at least one event, with probability 1 - exp(-rate dt). Keyed by (seed, population).
/// Throws UserError for a rate or a time step that is none.
inline Grid<double> poisson_raster(const TimeGrid& time, std::size_t units, double rate, std::uint64_t seed,
                                   std::uint32_t population) {
  if (!contains(Range::non_negative, rate) || !contains(Range::positive, time.dt))
    throw UserError("a Poisson raster takes a rate of 0 Hz or more and a time step above 0 s");
  ExponentialHazardEscape hazard;
  hazard.rate = rate;
  hazard.dt = time.dt;
  const double p = equations::probability(hazard, 0.0);
  DrawKey key;
  key.seed = seed;
  key.stream = Stream::input;
  key.population = population;
  Grid<double> raster(time.steps, units);
  for (std::size_t t = 0; t < time.steps; ++t)
    for (std::size_t i = 0; i < units; i += 4) {
      const Block words = key.block(static_cast<std::uint32_t>(t), static_cast<std::uint32_t>(i / 4));
      for (std::size_t j = i; j < std::min(i + 4, units); ++j)
        raster[t][j] = uniform(words[j - i]) < p ? 1.0 : 0.0;
    }
  return raster;
}

}  // namespace spikegrad
