// SPDX-License-Identifier: Apache-2.0
// The forward half of a tile: populations without loops run through all steps at once, panel by panel; those
// in a loop go together, step by step.
#include <algorithm>
#include <string>
#include <utility>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/cpu/tile.hpp"

namespace spikegrad::cpu {
/// Words of the panel from `slot` on, for as many steps from `begin` on as there is room for.
void Tile::draw_random_bits(const Run& run, const Sample& sample, std::size_t p, std::size_t slot,
                            std::size_t begin, ForwardArgs& args) {
  const PopulationPlan& population = plan_.populations[p];
  PopulationSpace& space = space_.populations[p];
  args.random_begin = begin;
  args.random_end = std::min(begin + random_steps, plan_.steps);
  std::uint32_t* rows = space.random_bits.data() + slot * random_steps;
  RandomBitsArgs draw{.round_keys = run.keys[p].data(),
                      .sample = sample.sample,
                      .trial = sample.trial,
                      .begin = begin,
                      .end = args.random_end,
                      .first_unit = slot,
                      .width = args.width,
                      .random_bits = rows,
                      .pitch = args.random_pitch};
  if (population.unit_of_slot.empty()) {
    kernels_.random_bits(draw);
  } else {
    draw.random_bits = space.unit_random_bits.data();
    for (std::size_t t = begin; t < args.random_end; ++t) {
      draw.begin = t;
      draw.end = t + 1;
      kernels_.random_bits(draw);
      std::uint32_t* row = rows + (t - begin) * args.random_pitch;
      for (std::size_t i = 0; i < population.size; ++i)
        row[i] = space.unit_random_bits[population.unit_of_slot[i]];
      std::fill(row + population.size, row + args.width, 0u);
    }
  }
  force_spike(sample, p, slot, args, rows);
}

/// A spike is decided by its word: the smallest is below every p, the largest below none but 1.
void Tile::force_spike(const Sample& sample, std::size_t p, std::size_t slot, const ForwardArgs& args,
                       std::uint32_t* rows) {
  if (!sample.forced || sample.forced->slot.population != p) return;
  const std::size_t forced = plan_.populations[p].slot(sample.forced->slot.unit),
                    step = sample.forced->slot.step;
  if (step < args.random_begin || step >= args.random_end || forced < slot || forced >= slot + args.width)
    return;
  rows[(step - args.random_begin) * args.random_pitch + forced - slot] = sample.forced->spike ? 0u : ~0u;
}

const float* Tile::bias_of(const Run& run, std::size_t p, std::size_t slot) const {
  const auto& offset = plan_.populations[p].bias_offset;
  return offset ? run.packed + *offset + slot : nullptr;
}

/// What the loops of each panel are given; begin and end follow as the steps go by.
void Tile::lay_out_forward(const Run& run, std::size_t s, std::size_t p) {
  const PopulationPlan& population = plan_.populations[p];
  PopulationSpace& space = space_.populations[p];
  const std::size_t panels = population.panels(), inputs = population.dense_in.size();
  for (std::size_t k = 0; k < panels; ++k) {
    RowSource* sources = space.sources.data() + (s * panels + k) * inputs;
    for (std::size_t i = 0; i < inputs; ++i) {
      const ConnectionPlan& c = plan_.connections[population.dense_in[i]];
      sources[i] = {activity_of(population.dense_in[i], s),
                    run.packed + c.weights + plan_.populations[c.from].size * k * population.panel,
                    population.width(k)};
    }
    const std::size_t first = k * population.panel, width = population.width(k), base = first * space.rows;
    space.forward[s * panels + k] = {
        .layer = &population.layer,
        .sources = sources + population.outer_dense,
        .source_count = inputs - population.outer_dense,
        .bias = population.outer_dense == 0 ? bias_of(run, p, first) : nullptr,
        .state = space.state.data() + s * population.state_size * population.padded + first,
        .state_pitch = population.padded,
        .last = space.last.data() + s * population.padded + first,
        .excess = space.excess_of(s) + base,
        .drive_in_excess = population.outer_dense > 0 || !population.conv_in.empty(),
        .output = population.valued ? space.output.data() + s * space.stride + base : nullptr,
        .pre_reset =
            population.layer.keep_pre_reset ? space.pre_reset.data() + s * space.stride + base : nullptr,
        .pitch = width,
        .mask = space.mask.size() ? space.mask_of(s) + first / 8 : nullptr,
        .mask_pitch = space.mask_pitch,
        .random_bits = population.drawn ? space.random_bits.data() + first * random_steps : nullptr,
        .random_pitch = width,
        .width = width};
    if (population.layer.loop != LoopKind::general) continue;
    ForwardArgs& args = space.forward[s * panels + k];
    args.decays = run.decays + population.decays + first;
    args.decays_pitch = population.padded;
    args.kept = population.kept > 0 ? space.kept.data() + s * population.kept * space.stride + base : nullptr;
    args.kept_pitch = space.stride;
  }
}

/// What stands before the first step: where everything is found, and given spikes.
void Tile::prepare(const Run& run, std::size_t s, const Sample& sample, std::size_t p) {
  const PopulationPlan& population = plan_.populations[p];
  PopulationSpace& space = space_.populations[p];
  lay_out_forward(run, s, p);
  if (population.layer.fire != Fire::clamped) return;
  const Grid<double>* target = target_of(*sample.loss);
  require(target && target->rows() == plan_.steps && target->columns() == population.size,
          "the target raster has the wrong size");
  std::uint8_t* mask = space.mask_of(s);
  std::fill(mask, mask + plan_.steps * space.mask_pitch, std::uint8_t{0});
  for (std::size_t t = 0; t < plan_.steps; ++t)
    for (std::size_t slot = 0; slot < population.size; ++slot) {
      const double z = (*target)[t][population.unit(slot)];
      if (z != 0.0 && z != 1.0)
        throw UserError("the target of population '" + plan_.network.populations()[p].name + "' is " +
                        std::to_string(z) + " in step " + std::to_string(t) +
                        "; where spikes are given they must be 0 or 1");
      if (z != 0.0) mask[t * space.mask_pitch + slot / 8] |= static_cast<std::uint8_t>(1u << slot % 8);
    }
}

void Tile::start(const Run& run, std::size_t s, const Sample& sample, std::size_t p) {
  const PopulationPlan& population = plan_.populations[p];
  for (std::size_t k = 0; k < population.panels(); ++k) {
    ForwardArgs& args = space_.populations[p].forward[s * population.panels() + k];
    if (population.drawn && population.layer.loop != LoopKind::memoryless)
      draw_random_bits(run, sample, p, k * population.panel, 0, args);
    kernels_.start(args);
  }
}

/// Sums of incoming convolutions of p join the rows of steps begin … end-1, which hold nothing yet where
/// `clear`. (One panel: rows of all slots.)
void Tile::convolve(const Run& run, std::size_t s, std::size_t p, std::size_t begin, std::size_t end,
                    std::span<const std::size_t> connections, bool clear) {
  if (connections.empty()) return;
  const PopulationPlan& population = plan_.populations[p];
  float* rows = space_.populations[p].excess_of(s) + population.lag * population.padded;
  for (const std::size_t i : connections) {
    ConvArgs conv = conv_args(i, s, begin, end);
    conv.weights = run.packed + plan_.connections[i].weights;
    conv.drive = rows;
    conv.clear = std::exchange(clear, false);
    kernels_.conv_gather(conv);
  }
}

/// What comes from outside the loop that p is in, for all steps: so one panel of weights after the other
/// stays in cache.
void Tile::gather_outer(const Run& run, std::size_t s, std::size_t p) {
  const PopulationPlan& population = plan_.populations[p];
  const std::size_t steps = plan_.steps - population.lag;
  convolve(run, s, p, 0, steps, std::span(population.conv_in).first(population.outer_conv), true);
  if (population.outer_dense == 0) return;
  for (std::size_t k = 0; k < population.panels(); ++k) {
    const ForwardArgs& args = space_.populations[p].forward[s * population.panels() + k];
    kernels_.gather({.sources = args.sources - population.outer_dense,
                     .source_count = population.outer_dense,
                     .bias = bias_of(run, p, k * population.panel),
                     .rows = args.excess + population.lag * args.pitch,
                     .add = population.outer_conv > 0,
                     .pitch = args.pitch,
                     .steps = steps,
                     .width = args.width});
  }
}

/// Drives of the steps begin … end-1, and the outputs that follow each.
void Tile::integrate(const Run& run, std::size_t s, const Sample& sample, std::size_t p, std::size_t begin,
                     std::size_t end) {
  if (begin >= end) return;
  const PopulationPlan& population = plan_.populations[p];
  PopulationSpace& space = space_.populations[p];
  convolve(run, s, p, begin, end, std::span(population.conv_in).subspan(population.outer_conv),
           population.outer_conv == 0 && population.outer_dense == 0);
  for (std::size_t k = 0; k < population.panels(); ++k) {
    ForwardArgs& args = space.forward[s * population.panels() + k];
    for (args.begin = begin; args.begin < end; args.begin = args.end) {
      args.end = end;
      if (population.drawn) {
        const std::size_t first = args.begin + population.lag;
        if (first >= args.random_end) draw_random_bits(run, sample, p, k * population.panel, first, args);
        args.end = std::min(end, args.random_end - population.lag);
      }
      kernels_.forward(args);
    }
  }
}

ConvArgs Tile::conv_args(std::size_t connection, std::size_t s, std::size_t begin, std::size_t end) {
  const ConnectionPlan& c = plan_.connections[connection];
  return {.activity = activity_of(connection, s),
          .starts = c.starts.data(),
          .runs = c.runs,
          .targets = c.targets,
          .stride = c.conv->columns.stride,
          .out_pitch = plan_.populations[c.to].channels,
          .out_padded = c.out_padded,
          .begin = begin,
          .end = end,
          .pitch = plan_.populations[c.to].padded};
}

void Tile::forward_whole(const Run& run, std::size_t s, const Sample& sample, std::size_t p) {
  const PopulationPlan& population = plan_.populations[p];
  delay_all(run, p, s);
  prepare(run, s, sample, p);
  start(run, s, sample, p);
  integrate(run, s, sample, p, 0, plan_.steps - population.lag);
  if (population.sends) add_spike_indices(s, p, 0, plan_.steps);
}

void Tile::forward_steps(const Run& run, std::size_t s, const Sample& sample, const Stage& stage) {
  for (const std::size_t p : stage.populations) {
    delay_all(run, p, s);
    for (const std::size_t c : plan_.populations[p].delayed_out) begin_delays(c, s);
  }
  for (const std::size_t p : stage.populations) {
    prepare(run, s, sample, p);
    start(run, s, sample, p);
    gather_outer(run, s, p);
  }
  for (std::size_t t = 0; t < plan_.steps; ++t) {
    for (const std::size_t p : stage.populations) {
      if (plan_.populations[p].lag == 0) integrate(run, s, sample, p, t, t + 1);
      if (plan_.populations[p].sends) add_spike_indices(s, p, t, t + 1);
      for (const std::size_t c : plan_.populations[p].delayed_out) delay_step(run, c, s, t);
    }
    if (t + 1 == plan_.steps) break;
    for (const std::size_t p : stage.populations)
      if (plan_.populations[p].lag == 1) integrate(run, s, sample, p, t, t + 1);
  }
}

void Tile::forward(const Run& run, std::span<const Sample> samples) {
  for (const Stage& stage : plan_.stages)
    for (std::size_t s = 0; s < samples.size(); ++s) {
      if (stage.stepwise)
        forward_steps(run, s, samples[s], stage);
      else if (!plan_.populations[stage.populations[0]].input)
        forward_whole(run, s, samples[s], stage.populations[0]);
    }
}

}  // namespace spikegrad::cpu
