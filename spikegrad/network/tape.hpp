// SPDX-License-Identifier: Apache-2.0
// What a forward pass records of one trial, and what the backward pass needs.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad {

/// Rows are steps; columns are all units in the order of the populations (Network::layout gives offsets).
template <class T>
struct Tape {
  Grid<T> excess;  ///< [steps, units]       x = u - θ; the potential of a readout; unused for inputs
  Grid<T> output;  ///< [steps, units]       spike, analog value, potential of a readout, input
  Grid<T>
      state;  ///< [steps + 1, states]  at the start of each step; same-step units: what they computed in it

  std::span<const T> outputs_of(const Network& network, std::size_t population, std::size_t step) const {
    return output[step].subspan(network.layout(population).unit_offset,
                                network.populations()[population].size());
  }
};

/// The outputs of the input populations: one grid [steps, size] for each population, empty for the others.
struct Input {
  std::vector<Grid<double>> values = {};
};

/// A population whose spikes are given rather than drawn (the target of a likelihood), with its raster.
struct Clamp {
  std::size_t population = 0;
  const Grid<double>* raster = nullptr;  ///< [steps, size], 0 or 1
};

/// What the loss and the estimator say about a trial, before the backward pass spreads it.
struct Signals {
  Grid<double> output;  ///< [steps, units]  ∂L/∂S: passes through the unit's (pseudo-)derivative
  Grid<double>
      excess;  ///< [steps, units]  injected at x = u - θ directly: the pseudo-derivative is already in it

  void reset(std::size_t steps, std::size_t units) {
    for (Grid<double>* grid : {&output, &excess}) {
      grid->resize(steps, units);
      grid->fill(0.0);
    }
  }
};

}  // namespace spikegrad
