// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/penalties.hpp"

#include <algorithm>

namespace spikegrad::cpu {

PenaltyEvaluator::PenaltyEvaluator(const Plan& plan) : plan_(plan), regularised_(plan.populations.size()) {
  std::size_t largest = 0;
  for (const Regulariser& r : plan.regularisers) {
    regularised_[population_of(r)] = true;
    largest = std::max(largest, plan.populations[population_of(r)].size);
  }
  counts_.reserve(largest);
  adjoint_.reserve(largest);
}

void PenaltyEvaluator::count(std::size_t p, std::size_t s, Workspace& workspace) {
  const PopulationPlan& population = plan_.populations[p];
  PopulationSpace& space = workspace.populations[p];
  counts_.assign(population.size, 0.0);
  if (population.valued) {
    for (std::size_t t = 0; t < plan_.steps; ++t)
      for (std::size_t slot = 0; slot < population.size; ++slot)
        counts_[population.unit(slot)] +=
            double{space.output[s * space.stride + population.at(t, slot, plan_.steps)]};
  } else if (population.sends && !workspace.activity[s][p].values) {  // nothing dropped out
    const Activity& dropout_scale = workspace.activity[s][p];
    for (std::size_t k = dropout_scale.begin[0]; k < dropout_scale.begin[plan_.steps]; ++k)
      counts_[population.unit(dropout_scale.units[k])] += 1.0;
  } else {
    const std::uint8_t* mask = space.mask_of(s);
    for (std::size_t t = 0; t < plan_.steps; ++t)
      for (std::size_t slot = 0; slot < population.size; ++slot)
        counts_[population.unit(slot)] += mask[t * space.mask_pitch + slot / 8] >> slot % 8 & 1;
  }
}

/// adjoint_ becomes the population's signal in every step.
void PenaltyEvaluator::inject(std::size_t p, std::size_t s, Workspace& workspace) {
  const PopulationPlan& population = plan_.populations[p];
  PopulationSpace& space = workspace.populations[p];
  float* steady = space.steady.data() + s * population.padded;
  for (std::size_t slot = 0; slot < population.size; ++slot)
    steady[slot] = static_cast<float>(adjoint_[population.unit(slot)]);
  if (space.signal_rows != SignalRows::full) return;
  float* signal = space.signal_of(s);
  for (std::size_t t = 0; t < plan_.steps; ++t)
    for (std::size_t slot = 0; slot < population.size; ++slot)
      signal[population.at(t, slot, plan_.steps)] += steady[slot];
}

double PenaltyEvaluator::evaluate(std::size_t s, Workspace& space, bool gradient) {
  double sum = 0.0;
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
    if (!regularised_[p]) continue;
    count(p, s, space);
    adjoint_.assign(counts_.size(), 0.0);
    const Shape& shape = plan_.network.populations()[p].shape;
    for (const Regulariser& r : plan_.regularisers) {
      if (population_of(r) != p) continue;
      sum += penalty<double>(r, shape, counts_);
      if (gradient) add_penalty_gradient(r, shape, counts_, adjoint_);
    }
    if (gradient && plan_.populations[p].steady) inject(p, s, space);
  }
  return sum;
}

}  // namespace spikegrad::cpu
