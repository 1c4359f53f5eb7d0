// SPDX-License-Identifier: Apache-2.0
// Lists of what a population sends, step by step.
#include "spikegrad/engine/cpu/tile.hpp"

namespace spikegrad::cpu {

void Tile::add_spike_indices(std::size_t s, std::size_t p, std::size_t begin, std::size_t end) {
  const PopulationPlan& population = plan_.populations[p];
  PopulationSpace& space = space_.populations[p];
  const ActivityRows list = space.indices_of(s);
  if (!population.valued) {
    kernels_.spike_indices({.mask = space.mask_of(s),
                            .mask_pitch = space.mask_pitch,
                            .size = population.size,
                            .begin = begin,
                            .end = end,
                            .starts = list.begin,
                            .units = list.units});
  } else {
    add_analog_indices(s, p, begin, end);
  }
  if (drops_out(p)) drop_indices(s, p, begin, end);
}

/// What analog units send that is not 0.
void Tile::add_analog_indices(std::size_t s, std::size_t p, std::size_t begin, std::size_t end) {
  const PopulationPlan& population = plan_.populations[p];
  PopulationSpace& space = space_.populations[p];
  const auto [starts, units, values] = space.indices_of(s);
  const float* output = space.output.data() + s * space.stride;
  if (begin == 0) starts[0] = 0;
  for (std::size_t t = begin, k = starts[begin]; t < end; ++t) {
    for (std::size_t slot = 0; slot < population.size; ++slot)
      if (const float y = output[population.at(t, slot, space.rows)]; y != 0.0f) {
        units[k] = static_cast<std::uint16_t>(slot);
        values[k++] = y;
      }
    starts[t + 1] = static_cast<std::uint32_t>(k);
  }
}

/// Keeps what was listed in these steps of units that send, each with its factor m.
void Tile::drop_indices(std::size_t s, std::size_t p, std::size_t begin, std::size_t end) {
  PopulationSpace& space = space_.populations[p];
  const auto [starts, units, values] = space.indices_of(s);
  std::size_t kept = starts[begin], k = kept;
  for (std::size_t t = begin; t < end; ++t) {
    const float* dropout_scale = space.dropout_scale_of(plan_.populations[p], s, t);
    for (const std::size_t last = starts[t + 1]; k < last; ++k)
      if (const float m = dropout_scale[units[k]]; m != 0.0f) {
        units[kept] = units[k];
        values[kept++] = plan_.populations[p].valued ? values[k] * m : m;
      }
    starts[t + 1] = static_cast<std::uint32_t>(kept);
  }
}

}  // namespace spikegrad::cpu
