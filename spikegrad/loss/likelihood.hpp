// SPDX-License-Identifier: Apache-2.0
// Negative log-likelihood of a target spike train z [P]:  L = -Σ_t Σ_i log P(z_i[t] | z's own past).
//
// Each step is conditioned on z: the population's spikes are clamped to z, so that its resets, and whatever
// they drive, follow z. While a unit is refractory P(0) is 1, and z must be 0 there. L depends on the parameters through x alone: ∂L/∂x = -(z - p) f'/(p(1-p)).
#pragma once

#include <string_view>

#include "spikegrad/core/number.hpp"
#include "spikegrad/network/refractory.hpp"
#include "spikegrad/network/tape.hpp"

namespace spikegrad {

struct LikelihoodLoss {
  static constexpr std::string_view kind = "likelihood";
  static constexpr std::string_view summary = "negative log-likelihood of a target spike train";

  std::size_t population = 0;  ///< stochastic
  Grid<double> target;         ///< z [steps, size], 0 or 1

  Clamp clamp() const { return {population, &target}; }

  template <class T>
  T value(const Network& network, const Tape<T>& tape) const {
    const std::size_t first = network.layout(population).unit_offset;
    const std::size_t refractory_steps = network.populations()[population].refractory_steps;
    T sum(0.0);
    std::visit(
        [&](const auto& f) {
          for (std::size_t t = 0; t < network.steps(); ++t)
            for (std::size_t i = 0; i < target.columns(); ++i) {
              if (is_refractory(target, i, t, refractory_steps)) continue;
              const bool z = target[t][i] != 0.0;
              sum = sum - lift([&](const auto& x) { return equations::log_probability(f, x, z); },
                               tape.excess[t][first + i]);
            }
        },
        network.populations()[population].escape);
    return sum;
  }
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    const std::size_t first = network.layout(population).unit_offset,
                      refractory_steps = network.populations()[population].refractory_steps;
    std::visit(
        [&](const auto& f) {
          for (std::size_t t = 0; t < network.steps(); ++t)
            for (std::size_t i = 0; i < target.columns(); ++i)
              if (!is_refractory(target, i, t, refractory_steps))
                signals.excess[t][first + i] -=
                    equations::log_slope(f, tape.excess[t][first + i], target[t][i] != 0.0);
        },
        network.populations()[population].escape);
  }
};

}  // namespace spikegrad
