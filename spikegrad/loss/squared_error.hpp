// SPDX-License-Identifier: Apache-2.0
// L2 distance to a target raster z, averaged over the n units of a population:
//
//   L = 1/(2n) Σ_i Σ_t (y_i[t] - z_i[t])².
#pragma once

#include <string_view>

#include "spikegrad/network/tape.hpp"

namespace spikegrad {

struct SquaredErrorLoss {
  static constexpr std::string_view kind = "squared-error";
  static constexpr std::string_view summary = "half the squared distance to a target raster, mean over units";

  std::size_t population = 0;
  Grid<double> target;  ///< z [steps, size]

  template <class T>
  T value(const Network& network, const Tape<T>& tape) const {
    T sum(0.0);
    for (std::size_t t = 0; t < network.steps(); ++t) {
      const auto y = tape.outputs_of(network, population, t);
      for (std::size_t i = 0; i < y.size(); ++i) {
        const T d = y[i] - target[t][i];
        sum = sum + d * d;
      }
    }
    return sum * (0.5 / static_cast<double>(target.columns()));
  }
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    const std::size_t first = network.layout(population).unit_offset;
    const double scale = 1.0 / static_cast<double>(target.columns());
    for (std::size_t t = 0; t < network.steps(); ++t) {
      const auto y = tape.outputs_of(network, population, t);
      for (std::size_t i = 0; i < y.size(); ++i)
        signals.output[t][first + i] += scale * (y[i] - target[t][i]);
    }
  }
};

}  // namespace spikegrad
