// SPDX-License-Identifier: Apache-2.0
// Likelihood of a target spike train [P], for the layer that has the target:
//
//   d log P(z)/dw = Σ (z - p) f'/(p(1-p)) ∂u/∂w,
//
// potentials and resets following z. Hidden layers get nothing.
#pragma once

#include "spikegrad/estimator/single_pass.hpp"
#include "spikegrad/network/refractory.hpp"

namespace spikegrad {

struct Pfister : MethodDefaults {
  static constexpr std::string_view name = "pfister";
  static constexpr std::string_view summary =
      "log-likelihood of the target in its own layer; hidden layers get 0";
  static constexpr std::string_view bias =
      "none for the likelihood in the layer of the target; hidden layers are left out";
  static constexpr std::string_view source = "Pfister et al. 2006";

  static LearningSignal signal(const EstimatorSettings&, const Objective&) {
    return {.forcing = Forcing::always};
  }

  static std::string refuse(const Objective& objective, const EstimatorSettings&) {
    if (auto why = refuse_without_target(objective); !why.empty()) return why;
    const Population& judged = objective.network.populations()[population_of(objective.loss)];
    if (!leaves_refractory_periods(*target_of(objective.loss), judged.refractory_steps))
      return "needs a target that is possible, and this one has spikes in the refractory period";
    if (!judged.is_stochastic()) return "needs stochastic spikes in the population with the target";
    if (!objective.regularisers.empty())
      return "follows the target's likelihood alone, which has no part for a [[regulariser]]";
    return {};
  }
};

}  // namespace spikegrad
