// SPDX-License-Identifier: Apache-2.0
// From the D̄ of all steps of a tile to the gradient of its parameters.
#include <algorithm>

#include "spikegrad/engine/cpu/tile.hpp"

namespace spikegrad::cpu {

/// Counting sort of what population p sent in the steps that move its targets. False where that is not lists
/// of single spikes, or where there are more of them than units and steps.
bool Tile::sort_by_unit(std::size_t p, std::size_t samples) {
  PopulationSpace& space = space_.populations[p];
  const std::size_t size = plan_.populations[p].size, steps = plan_.populations[p].sorted_steps;
  std::uint32_t* next = space.sorted_first.data();
  std::fill_n(next, size + 2, 0u);
  for (std::size_t s = 0; s < samples; ++s) {
    const Activity& dropout_scale = space_.activity[s][p];
    const std::size_t begin = dropout_scale.begin[0], end = dropout_scale.begin[steps];
    if (dropout_scale.values || end - begin > space.index_stride) return false;
    for (std::size_t k = begin; k < end; ++k) ++next[dropout_scale.units[k] + 2];
  }
  for (std::size_t unit = 2; unit < size + 2; ++unit) next[unit] += next[unit - 1];
  SpikeTime* at = space.sorted_at.data();
  ++next;  // next[unit] is where the unit's next spike goes; in the end, where the following unit's begin
  for (std::size_t s = 0; s < samples; ++s) {
    const Activity& dropout_scale = space_.activity[s][p];
    for (std::size_t t = 0; t < steps; ++t) {
      const SpikeTime here(t, s);
      for (std::size_t k = dropout_scale.begin[t], end = dropout_scale.begin[t + 1]; k < end; ++k)
        at[next[dropout_scale.units[k]]++] = here;
    }
  }
  return true;
}

/// dW of a convolution.
void Tile::add_conv_gradient(std::size_t connection, std::size_t samples) {
  const ConnectionPlan& c = plan_.connections[connection];
  const PopulationPlan& target = plan_.populations[c.to];
  for (std::size_t s = 0; s < samples; ++s) {
    ConvArgs conv = conv_args(connection, s, 0, plan_.steps - target.lag);
    conv.gradient = space_.gradient.data() + c.weights;
    conv.delta = space_.populations[c.to].drive_adjoint_of(s, plan_.lowering.signal.weight_effect) +
                 target.lag * target.padded;
    kernels_.conv_scatter(conv);
  }
}

/// dW of a dense connection, panel by panel; from spikes sorted by unit where they are.
void Tile::add_dense_gradient(const Run& run, std::size_t connection, std::size_t samples) {
  const ConnectionPlan& c = plan_.connections[connection];
  const PopulationPlan& target = plan_.populations[c.to];
  PopulationSpace &from = space_.populations[c.from], &to = space_.populations[c.to];
  const std::size_t units = plan_.populations[c.from].size;
  const DriveEffect effect = plan_.lowering.signal.weight_effect;
  for (std::size_t k = 0; k < target.panels(); ++k) {
    const std::size_t width = target.width(k), first = target.at(target.lag, k * target.panel, plan_.steps);
    float* rows = space_.gradient.data() + c.weights + units * k * target.panel;
    if (c.by_unit && sorted_[c.from]) {
      const UnitScatterArgs scatter{
          .first = from.sorted_first.data(),
          .at = from.sorted_at.data(),
          .units = units,
          .rows = rows,
          .rows_pitch = width,
          .delta = to.drive_adjoint_of(0, effect) + first + c.delay * width,  // as they were sent
          .delta_pitch = width,
          .sample_pitch = to.stride,
          .width = width};
      if (c.delay_kind == DelayKind::each)
        add_delayed_gradient(run, connection, k, scatter);
      else
        kernels_.unit_scatter(scatter);
      continue;
    }
    for (std::size_t s = 0; s < samples; ++s)
      kernels_.scatter({.activity = activity_of(connection, s),
                        .rows = rows,
                        .rows_pitch = width,
                        .delta = to.drive_adjoint_of(s, effect) + first,
                        .delta_pitch = width,
                        .steps = plan_.steps - target.lag,
                        .width = width});
  }
}

/// db of population p.
void Tile::add_bias_gradient(std::size_t p, std::size_t samples) {
  const PopulationPlan& population = plan_.populations[p];
  for (std::size_t s = 0; s < samples; ++s)
    for (std::size_t k = 0; k < population.panels(); ++k)
      kernels_.column_sum(
          {.sum = space_.gradient.data() + *population.bias_offset + k * population.panel,
           .delta = space_.populations[p].drive_adjoint_of(s, plan_.lowering.signal.weight_effect) +
                    population.at(population.lag, k * population.panel, plan_.steps),
           .delta_pitch = population.width(k),
           .steps = plan_.steps - population.lag,
           .width = population.width(k)});
}

/// For each parameter the contributions come sample by sample, step by step.
void Tile::add_weight_gradients(const Run& run, std::size_t samples) {
  for (std::size_t p = 0; p < plan_.populations.size(); ++p)
    if (plan_.populations[p].sorted_steps > 0) sorted_[p] = sort_by_unit(p, samples);
  for (std::size_t i = 0; i < plan_.connections.size(); ++i) {
    const ConnectionPlan& c = plan_.connections[i];
    if (!plan_.populations[c.to].learns) continue;
    if (c.conv)
      add_conv_gradient(i, samples);
    else
      add_dense_gradient(run, i, samples);
    if (c.delay_block && !(c.by_unit && sorted_[c.from])) add_delay_gradient(run, i, samples);
  }
  for (std::size_t p = 0; p < plan_.populations.size(); ++p)
    if (plan_.populations[p].bias_offset && plan_.populations[p].learns) add_bias_gradient(p, samples);
}

/// ∂L/∂ log τ = Σ ∂L/∂λ dλ/d log τ over the units that share τ, sample by sample; likewise gains.
void Tile::add_filter_gradients(const Run& run, std::size_t samples) {
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
    const PopulationPlan& population = plan_.populations[p];
    if (population.learned.empty() || !population.learns) continue;
    for (std::size_t s = 0; s < samples; ++s)
      for (const LearnedNumber& learned : population.learned) {
        const std::size_t k = learned.number;
        const float* adj =
            space_.populations[p].adj_decays.data() + (s * most_filter_numbers + k) * population.padded;
        const float* slope = run.decays + population.decays + (slope_rows + k) * population.padded;
        float* gradient = space_.gradient.data() + learned.offset;
        double sum = 0.0;
        for (std::size_t slot = 0; slot < population.size; ++slot) {
          if (learned.shared)
            sum += double{adj[slot]} * double{slope[slot]};
          else
            gradient[slot] += adj[slot] * slope[slot];
        }
        gradient[0] += static_cast<float>(sum);
      }
  }
}

}  // namespace spikegrad::cpu
