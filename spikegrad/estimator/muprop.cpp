// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/muprop.hpp"

#include <algorithm>

namespace spikegrad {

SampleOutcome MuProp::sample(const Problem& problem, Draws& draws, std::span<double> gradient) {
  const Network& network = problem.network;
  const double loss = trial_.forward(problem, draws), mean_loss = mean_.forward(problem, draws);
  unused_.assign(gradient.size(), 0.0);
  mean_.backward(problem, 0.0, {}, unused_);
  const Grid<double>& slope = mean_.output_adjoints();

  credits_.clear();
  double rest = loss - mean_loss;
  for (std::size_t t = 0; t < network.steps(); ++t)
    for (std::size_t p = 0; p < network.populations().size(); ++p) {
      if (!draws_spikes(problem.objective(), p)) continue;
      const Population& population = network.populations()[p];
      const std::size_t first = network.layout(p).unit_offset;
      for (std::size_t i = 0; i < population.size(); ++i) {
        const std::size_t u = first + i;
        const double x = trial_.tape().excess[t][u], spike = trial_.tape().output[t][u];
        rest -= slope[t][u] * (spike - mean_.tape().output[t][u]);
        const double p_k =
            std::visit([x](const auto& f) { return equations::probability(f, x); }, population.escape);
        // (S_k - p_k)/(p_k (1 - p_k)) is 1/p_k or -1/(1 - p_k)
        const double factor = spike != 0.0 ? 1.0 / std::max(p_k, least_probability)
                                           : -1.0 / std::max(1.0 - p_k, least_probability);
        credits_.push_back(
            {{static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(t)},
             rest * factor + slope[t][u]});
      }
    }
  trial_.backward(problem, 0.0, credits_, gradient);
  return {.loss = loss - trial_.penalty(), .penalty = trial_.penalty()};
}

}  // namespace spikegrad
