// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/workspace.hpp"

#include <algorithm>

namespace spikegrad::cpu {
namespace {

bool is_stepwise(const Plan& plan, std::size_t population) {
  for (const Stage& stage : plan.stages)
    for (const std::size_t p : stage.populations)
      if (p == population) return stage.stepwise;
  return false;
}

std::size_t index_stride_of(const Plan& plan, const PopulationPlan& population) {
  return plan.steps * population.size + index_slack;
}

SignalRows signal_rows_of(const Plan& plan, std::size_t p) {
  if (p == plan.loss_population && !plan.lowering.at_potential) return SignalRows::full;
  if (plan.populations[p].signal_connections.empty())
    return plan.populations[p].steady ? SignalRows::single : SignalRows::none;
  return is_stepwise(plan, p) ? SignalRows::single : SignalRows::shared;
}

}  // namespace

PopulationTape::PopulationTape(const Plan& plan, std::size_t p, Allocator& make) {
  const PopulationPlan& population = plan.populations[p];
  const std::size_t tile = plan.tile, stride = plan.steps * population.padded;
  if (population.sends) {
    const std::size_t places = tile * index_stride_of(plan, population);
    make(begin, tile * (plan.steps + 1));
    make.list(units, places);
    if (population.valued || population.input || population.drops) make.list(values, places);
  }
  if (population.input) return;
  make(excess, tile * stride + lane_block);
  if (population.valued)
    make(output, tile * stride + lane_block);
  else if (population.layer.fire != Fire::none)
    make(mask, tile * plan.steps * population.padded / 8 + index_slack / 8);
  // Nothing follows the last step, so its row is never written; the backward pass multiplies it by 0.
  if (population.layer.keep_pre_reset) make.zeros(pre_reset, tile * stride);
  make.zeros(kept, tile * population.kept * stride);
}

PopulationSpace::PopulationSpace(const Plan& plan, std::size_t p, Allocator& make)
    : PopulationTape(plan, p, make), rows(plan.steps), stride(plan.steps * plan.populations[p].padded) {
  const PopulationPlan& population = plan.populations[p];
  const std::size_t padded = population.padded, tile = plan.tile;
  if (population.sends) index_stride = index_stride_of(plan, population);
  if (population.sorted_steps > 0) {
    make(sorted_first, population.size + 2);
    make.list(sorted_at, tile * index_stride);
  }
  signal_rows = signal_rows_of(plan, p);
  if (population.input) {
    if (signal_rows != SignalRows::none) make(signal, stride + lane_block);
    return;
  }

  if (population.first_effects) make(first_effect, tile * stride + lane_block);
  if (mask.size()) mask_pitch = padded / 8;
  if (!population.learned.empty()) make(adj_decays, tile * most_filter_numbers * padded);
  for (Buffer<float>* of_state : {&state, &adj_state}) make(*of_state, tile * population.state_size * padded);
  make(last, tile * padded);
  switch (signal_rows) {
    case SignalRows::none:
      break;
    case SignalRows::shared:
      make(signal, stride + lane_block);
      break;
    case SignalRows::single:
      make(signal, tile * padded + lane_block);
      break;
    case SignalRows::full:
      make(signal, tile * stride + lane_block);
      break;
  }
  if (population.steady) make.zeros(steady, tile * padded + lane_block);
  if (population.drops) {
    make(dropout_scale, tile * population.drop_rows * padded);
    if (signal_rows == SignalRows::full) make(aside, tile * stride);
  }
  if (population.direct) make(direct, tile * stride);
  if (population.sparse) {
    make(events, tile * population.size);
    event_counts.resize(tile);
  }
  if (population.drawn) {
    make(random_bits, random_steps * padded);
    make(unit_random_bits, padded);
  }
  sources.resize(tile * population.panels() * population.dense_in.size());
  forward.resize(tile * population.panels());
  backward.resize(tile * population.panels());
}

void PopulationSpace::begin_signals(const PopulationPlan& population, std::size_t s) {
  if (signal_rows == SignalRows::shared && !population.steady) std::fill_n(signal.data(), stride, 0.0f);
  if (!population.steady) return;
  const float* from = steady.data() + s * population.padded;
  if (signal_rows == SignalRows::single) std::copy_n(from, population.padded, signal_of(s));
  if (signal_rows != SignalRows::shared) return;
  for (std::size_t k = 0; k < population.panels(); ++k)
    for (std::size_t t = 0; t < rows; ++t)
      std::copy_n(from + k * population.panel, population.width(k),
                  signal.data() + population.at(t, k * population.panel, rows));
}

void PopulationSpace::begin_step_signals(const PopulationPlan& population, std::size_t samples) {
  if (signal_rows != SignalRows::single) return;
  if (population.steady)
    std::copy_n(steady.data(), samples * population.padded, signal.data());
  else
    std::fill_n(signal.data(), samples * population.padded, 0.0f);
}

namespace {

/// Floats of a convolution's D̄ of a step, each row between columns of zeros.
std::size_t padded_delta_size(const Plan& plan, const ConnectionPlan& c) {
  const PopulationPlan& to = plan.populations[c.to];
  return c.conv && c.transposed
             ? (to.row_count * (c.columns_before + c.columns_after) + to.positions) * to.channels
             : 0;
}

/// Events of a sample, unless an input has more than units and steps.
std::size_t most_delayed(const Plan& plan, const ConnectionPlan& c) {
  return plan.steps * plan.populations[c.from].size * (c.split ? 2 : 1);
}

}  // namespace

DelayTape::DelayTape(const Plan& plan, const ConnectionPlan& c, Allocator& make) {
  if (c.delay_kind == DelayKind::none) return;
  lists.resize(plan.tile);
  for (List& list : lists) make(list.begin, plan.steps + 1);
  if (c.delay_kind == DelayKind::shared) return;
  const PopulationPlan& from = plan.populations[c.from];
  for (List& list : lists) {
    make.list(list.units, most_delayed(plan, c));
    if (c.split || from.valued || from.input || from.drops) make.list(list.values, most_delayed(plan, c));
  }
}

DelaySpace::DelaySpace(const Plan& plan, const ConnectionPlan& c, bool stepwise, Allocator& make)
    : DelayTape(plan, c, make) {
  if (c.delay_kind != DelayKind::each) return;
  const PopulationPlan& from = plan.populations[c.from];
  if (stepwise) {
    make(first, plan.steps);
    make.list(events, most_delayed(plan, c));
  }
  if (!c.transposed) return;
  const std::size_t rows = (plan.steps + 1) * from.padded;
  signal_pitch = stepwise ? rows : 0;
  make.zeros(signal, stepwise ? plan.tile * rows : rows);
}

void DelaySpace::reserve(std::size_t sample, std::size_t count) {
  List& list = lists[sample];
  if (list.units.size() < count) {
    list.units = Buffer<std::uint16_t>(count);
    list.values = Buffer<float>(count);
  }
}

Workspace::Workspace(const Plan& plan, Allocator& make)
    : activity(plan.tile, std::vector<Activity>(plan.populations.size())) {
  make.zeros(gradient, plan.packed_count + lane_block);
  for (std::size_t p = 0; p < plan.populations.size(); ++p) populations.emplace_back(plan, p, make);
  for (const ConnectionPlan& c : plan.connections)
    delays.emplace_back(plan, c, is_stepwise(plan, c.from), make);
  for (const ConnectionPlan& c : plan.connections)
    make.zeros(padded_delta.emplace_back(), padded_delta_size(plan, c));
}

KeptTape::KeptTape(const Plan& plan, Allocator& make) {
  for (std::size_t p = 0; p < plan.populations.size(); ++p) populations.emplace_back(plan, p, make);
  for (const ConnectionPlan& c : plan.connections) delays.emplace_back(plan, c, make);
}

std::size_t tape_bytes(const Plan& plan) {
  Allocator measure{.measures = true};
  const KeptTape nothing(plan, measure);
  return measure.bytes;
}

std::size_t workspace_bytes(const Plan& plan) {
  Allocator measure{.measures = true};
  const Workspace nothing(plan, measure);
  return measure.bytes;
}

}  // namespace spikegrad::cpu
