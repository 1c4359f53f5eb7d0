// SPDX-License-Identifier: Apache-2.0
// MultilayerSpiker [G]: the output's likelihood error with an exponential escape rate, δ_o = (z - S)/Δu, sent
// back through synapses; a hidden unit's own spike stands for its derivative: Σ_o w_ho δ_o · S_h. Where the
// loss is of a readout, which has no target spikes, δ_o is the loss's own -∂L/∂u_o.
#pragma once

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct MultilayerSpiker : MethodDefaults {
  static constexpr std::string_view name = "multilayer-spiker";
  static constexpr std::string_view summary =
      "likelihood error at the output, hidden spikes as their own derivative";
  static constexpr std::string_view bias =
      "hidden layers; and (z - S)/width is the likelihood's only where p is small";
  static constexpr std::string_view source = "Gardner, Sporea & Gruening 2015";

  static LearningSignal signal(const EstimatorSettings& settings, const Objective& objective) {
    if (is_readout(objective)) return {.pseudo = PseudoDerivative::spike};
    return {.pseudo = PseudoDerivative::spike,
            .output = OutputSignal::target_error,
            .forcing = Forcing::never,
            .target_width = settings.target_width};
  }
  static std::string refuse(const Objective& objective, const EstimatorSettings&) {
    return is_readout(objective) ? std::string{} : refuse_without_target(objective);
  }

 private:
  static bool is_readout(const Objective& objective) {
    const Population& judged = objective.network.populations()[population_of(objective.loss)];
    return output_of(judged.unit) == UnitOutput::potential;
  }
};

}  // namespace spikegrad
