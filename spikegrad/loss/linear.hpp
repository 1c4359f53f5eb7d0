// SPDX-License-Identifier: Apache-2.0
// Linear functional of a population's outputs:  L = Σ_t Σ_i c_i[t] y_i[t].
#pragma once

#include <string_view>

#include "spikegrad/network/tape.hpp"

namespace spikegrad {

struct LinearLoss {
  static constexpr std::string_view kind = "linear";
  static constexpr std::string_view summary = "sum of coefficients[step][unit] * output";

  std::size_t population = 0;
  Grid<double> coefficients;  ///< [steps, size]

  template <class T>
  T value(const Network& network, const Tape<T>& tape) const {
    T sum(0.0);
    for (std::size_t t = 0; t < network.steps(); ++t) {
      const auto y = tape.outputs_of(network, population, t);
      for (std::size_t i = 0; i < y.size(); ++i)
        if (coefficients[t][i] != 0.0) sum = sum + coefficients[t][i] * y[i];
    }
    return sum;
  }
  void gradient(const Network& network, const Tape<double>&, Signals& signals) const {
    const std::size_t first = network.layout(population).unit_offset;
    for (std::size_t t = 0; t < network.steps(); ++t)
      for (std::size_t i = 0; i < coefficients.columns(); ++i)
        signals.output[t][first + i] += coefficients[t][i];
  }
};

}  // namespace spikegrad
