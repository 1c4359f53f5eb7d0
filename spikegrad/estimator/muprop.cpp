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
  const auto clamp = clamp_of(problem.loss);

  credits_.clear();
  double rest = loss - mean_loss;
  for (std::size_t t = 0; t < network.steps(); ++t)
    for (std::size_t p = 0; p < network.populations().size(); ++p) {
      const Population& population = network.populations()[p];
      if (!population.is_stochastic() || (clamp && clamp->population == p)) continue;
      const std::size_t first = network.layout(p).unit_offset;
      for (std::size_t i = 0; i < population.size(); ++i) {
        const std::size_t u = first + i;
        const double x = trial_.tape().excess[t][u], spike = trial_.tape().output[t][u];
        rest -= slope[t][u] * (spike - mean_.tape().output[t][u]);
        const double q = std::visit(
            [&](const auto& f) {
              const double p_k = equations::probability(f, x);  // an enumeration visits p < 1e-308 too
              return spike != 0.0 ? 1.0 / std::max(p_k, 1e-290) : -1.0 / std::max(1.0 - p_k, 1e-290);
            },
            population.escape);
        credits_.push_back(
            {{static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(t)},
             rest * q + slope[t][u]});
      }
    }
  trial_.backward(problem, 0.0, credits_, gradient);
  return {.loss = loss - trial_.penalty(), .penalty = trial_.penalty()};
}

}  // namespace spikegrad
