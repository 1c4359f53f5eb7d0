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

SignalRows signal_rows_of(const Plan& plan, std::size_t p) {
  if (p == plan.loss_population && !plan.direct) return SignalRows::full;
  if (plan.populations[p].pulls.empty())
    return plan.populations[p].steady ? SignalRows::single : SignalRows::none;
  return is_stepwise(plan, p) ? SignalRows::single : SignalRows::shared;
}

}  // namespace

PopulationSpace::PopulationSpace(const Plan& plan, std::size_t p)
    : rows(plan.steps), stride(plan.steps * plan.populations[p].padded) {
  const PopulationPlan& population = plan.populations[p];
  const std::size_t padded = population.padded, tile = plan.tile;
  if (population.sends) {
    list_stride = rows * population.size + list_slack;
    begin = Buffer<std::uint32_t>(tile * (rows + 1));
    units = Buffer<std::uint16_t>(tile * list_stride);
    if (population.valued || population.input || population.drops) values = Buffer<float>(tile * list_stride);
  }
  if (population.sorted_steps > 0) {
    sorted_first = Buffer<std::uint32_t>(population.size + 2);
    sorted_at = Buffer<SpikeTime>(tile * list_stride);
  }
  if (population.input) return;

  excess = Buffer<float>(tile * stride + lane_block);
  if (population.valued) {
    output = Buffer<float>(tile * stride + lane_block);
  } else if (population.layer.fire != Fire::none) {
    mask_pitch = padded / 8;
    mask = Buffer<std::uint8_t>(tile * rows * mask_pitch + list_slack / 8);
  }
  if (population.layer.keep_pre_reset) {
    // Nothing follows the last step, so its row is never written; the backward pass multiplies it by 0.
    pre_reset = zeros(tile * stride);
  }
  if (population.layer.general)
    for (Buffer<float>* state : {&adaptation, &adj_adaptation}) *state = Buffer<float>(tile * padded);
  if (population.keeps_state) {
    current_rows = zeros(tile * stride);  // the last row as that of pre_reset
    if (population.layer.adapts) adaptation_rows = zeros(tile * stride);
  }
  if (population.time_constants > 0) adj_decays = Buffer<float>(tile * most_time_constants * padded);
  for (Buffer<float>* state : {&u, &current, &last, &adj_u, &adj_current})
    *state = Buffer<float>(tile * padded);
  signal_rows = signal_rows_of(plan, p);
  switch (signal_rows) {
    case SignalRows::none:
      break;
    case SignalRows::shared:
      signal = Buffer<float>(stride + lane_block);
      break;
    case SignalRows::single:
      signal = Buffer<float>(tile * padded + lane_block);
      break;
    case SignalRows::full:
      signal = Buffer<float>(tile * stride + lane_block);
      break;
  }
  if (population.steady) steady = zeros(tile * padded + lane_block);
  if (population.drops) {
    sent = Buffer<float>(tile * padded);
    if (signal_rows == SignalRows::full) aside = Buffer<float>(tile * stride);
  }
  if (population.direct) direct = Buffer<float>(tile * stride);
  if (population.sparse) events = Buffer<SignalEvent>(tile * population.size);
  if (population.drawn) {
    words = Buffer<std::uint32_t>(word_steps * padded);
    unit_words = Buffer<std::uint32_t>(padded);
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

Workspace::Workspace(const Plan& plan)
    : activity(plan.tile, std::vector<Activity>(plan.populations.size())),
      gradient(zeros(plan.packed_count + lane_block)) {
  for (std::size_t p = 0; p < plan.populations.size(); ++p) populations.emplace_back(plan, p);
  for (const ConnectionPlan& c : plan.connections) {
    const PopulationPlan& to = plan.populations[c.to];
    const std::size_t rows = c.conv && c.pull ? c.rows_before + to.positions + c.rows_after : 0;
    padded_delta.push_back(zeros(rows * to.channels));
  }
}

}  // namespace spikegrad::cpu
