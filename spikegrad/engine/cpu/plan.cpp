// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/plan.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/cpu/conv_layout.hpp"
#include "spikegrad/engine/cpu/specs.hpp"
#include "spikegrad/network/synapse_delays.hpp"

namespace spikegrad::cpu {
namespace {

constexpr std::size_t dense_panel = 64;         ///< columns: four of the widest vectors
constexpr std::size_t largest_size = 65536;     ///< units are 16-bit numbers in the lists
constexpr std::size_t tape_target = 512 << 10;  ///< bytes of tape that should stay in the second-level cache
constexpr std::size_t lockstep = 4;  ///< samples at least that share each load of a recurrent weight
constexpr std::size_t sorting_pays = 24 << 10;  ///< bytes of a panel of dW

void lay_out_populations(Plan& plan) {
  const Network& network = plan.network;
  // Whole vectors of channels, or of those of a group, are read and written from any position on.
  std::vector<bool> convolved(network.populations().size(), false);
  std::vector<std::size_t> slack(network.populations().size(), 0);
  for (const Connection& c : network.connections())
    if (const auto window = window_of(c.kind))
      for (const std::size_t p : {c.from, c.to}) {
        const std::size_t channels = network.populations()[p].shape.channels / window->groups;
        convolved[p] = true;
        slack[p] = std::max(slack[p], padded_to_lanes(channels) - channels);
      }
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    if (population.size() > largest_size)
      throw UserError("population '" + population.name + "' has " + std::to_string(population.size()) +
                      " units; the CPU engine takes up to " + std::to_string(largest_size) +
                      ", the reference engine any number");
    PopulationPlan out;
    out.size = population.size();
    out.channels = population.shape.channels;
    out.positions = population.shape.positions;
    out.row_count = population.shape.rows;
    const PopulationLowering& lowered = plan.lowering.populations[p];
    out.layer = layer_spec(network, p, lowered.firing);
    out.layer.slope = slope_spec(population, lowered.slope, plan.lowering.signal.slope);
    if (timing_of(population.unit) == DriveTiming::none) out.input = plan.input_count++;
    out.state_size = state_size_of(population.unit);
    const LearningSignal& signal = plan.lowering.signal;
    if (!signal.through_own)
      out.layer.through_own = out.layer.differentiate_reset = out.layer.keep_pre_reset = false;
    out.lag = out.layer.loop == LoopKind::memoryless ? 0 : 1;
    out.valued = out.layer.fire == Fire::analog;
    out.drawn = out.layer.fire == Fire::stochastic;
    out.learns = lowered.learns;
    out.first_effects =
        out.learns && out.lag > 0 && !out.input &&
        (signal.signal_effect == DriveEffect::first || signal.weight_effect == DriveEffect::first);
    out.drops = population.dropout > 0.0;
    out.drop_rows = population.dropout_per == DropoutPer::step ? plan.steps : 1;
    out.bias_block = network.layout(p).bias_block;
    out.bias_per_channel = population.bias_per == BiasPer::channel;
    const auto& learned = network.layout(p).learned;
    for (std::size_t k = 0; k < learned.size(); ++k)
      if (learned[k]) {
        const bool shared = population.learning(k) == LearnTimeConstants::population;
        out.learned.push_back({.number = k, .block = *learned[k], .shared = shared});
      }
    if (out.layer.loop == LoopKind::general && (!out.learned.empty() || out.layer.differentiate_reset))
      out.kept = kept_numbers(population.unit);

    const bool convolves = convolved[p], has_signals = !out.input || out.learns;
    out.by_position = convolves && out.input && out.learns;
    if (convolves && !out.input && out.channels > 1 && out.positions > 1) {
      out.unit_of_slot.resize(out.size);
      for (std::size_t slot = 0; slot < out.size; ++slot)
        out.unit_of_slot[slot] =
            static_cast<std::uint32_t>(slot % out.channels * out.positions + slot / out.channels);
    }
    out.padded = padded_to_lanes(out.size + (has_signals ? slack[p] : 0));
    out.panel = convolves ? out.padded : std::min(dense_panel, out.padded);
    plan.populations.push_back(std::move(out));
  }
}

void lay_out_connection(Plan& plan, ConnectionPlan out) {
  const Connection& connection = plan.network.connections()[out.block];
  PopulationPlan &from = plan.populations[out.from], &to = plan.populations[out.to];
  out.conv = window_of(connection.kind);
  out.weights = plan.packed_count;
  if (out.conv) {
    lay_out_convolution(out, from, to);
    to.conv_in.push_back(plan.connections.size());
  } else {
    out.weight_count = from.size * to.padded;
    to.dense_in.push_back(plan.connections.size());
  }
  from.sends = true;
  plan.packed_count += out.weight_count;
  plan.connections.push_back(std::move(out));
}

void lay_out_connections(Plan& plan) {
  for (std::size_t c = 0; c < plan.network.connections().size(); ++c) {
    const Connection& connection = plan.network.connections()[c];
    const ConnectionPlan out{.from = connection.from, .to = connection.to, .block = c};
    if (!plan.network.delays(c).by_synapse()) {
      lay_out_connection(plan, out);
      continue;
    }
    for (const std::size_t k : synapse_steps(plan.network.delays(c), plan.steps)) {
      ConnectionPlan part = out;
      part.of_synapses = true;
      part.delay = k;
      part.delay_kind = k > 0 ? DelayKind::shared : DelayKind::none;
      lay_out_connection(plan, std::move(part));
    }
  }
  for (PopulationPlan& p : plan.populations)
    if (p.bias_block) {
      p.bias_offset = plan.packed_count;
      plan.packed_count += p.padded;
    }
  for (PopulationPlan& p : plan.populations) {
    if (p.layer.loop == LoopKind::general) {
      p.decays = plan.decay_count;
      plan.decay_count += decay_rows * p.padded;
    }
    for (LearnedNumber& learned : p.learned) {
      learned.offset = plan.packed_count;
      plan.packed_count += learned.shared ? lane_block : p.padded;
    }
  }
}

void lay_out_delays(Plan& plan) {
  for (ConnectionPlan& c : plan.connections) {
    if (c.of_synapses) continue;
    const DelayLayout& delays = plan.network.delays(c.block);
    const auto whole = [](double d) { return std::floor(d) == d; };
    if (delays.shared() && whole(delays.steps[0])) {
      c.delay = static_cast<std::size_t>(delays.steps[0]);
      c.delay_kind = c.delay > 0 ? DelayKind::shared : DelayKind::none;
      continue;
    }
    if (!delays.any()) continue;
    c.delay_kind = DelayKind::each;
    c.split = delays.block || !std::all_of(delays.steps.begin(), delays.steps.end(), whole);
    c.delays = plan.delay_count;
    plan.delay_count += plan.populations[c.from].padded;
    c.signal_delays = c.delays;
    if (plan.populations[c.from].by_position) {
      c.signal_delays = plan.delay_count;
      plan.delay_count += plan.populations[c.from].padded;
    }
    if (!delays.block) continue;
    c.delay_block = delays.block;
    c.delay_offset = plan.packed_count;
    plan.packed_count += plan.populations[c.from].padded;
  }
}

/// Where signals go back, and what their products need.
void lay_out_signals(Plan& plan) {
  for (const Regulariser& r : plan.regularisers) {
    const std::size_t p = population_of(r);
    plan.populations[p].steady = plan.lowering.populations[p].passes;
  }
  for (std::size_t p = 0; p < plan.populations.size(); ++p)
    plan.populations[p].direct = (plan.lowering.at_potential && p == plan.loss_population) ||
                                 (plan.lowering.signal.credit && plan.populations[p].drawn);
  PopulationPlan& judged = plan.populations[plan.loss_population];
  judged.sparse &= !plan.lowering.at_potential && !judged.input && judged.layer.fire == Fire::none;
  for (std::size_t c = 0; c < plan.connections.size(); ++c) {
    ConnectionPlan& connection = plan.connections[c];
    if (!plan.lowering.carries[connection.block]) continue;
    PopulationPlan &from = plan.populations[connection.from], &to = plan.populations[connection.to];
    from.signal_connections.push_back(c);
    connection.transposed = plan.transposed_count;
    if (connection.conv) {
      connection.transposed_pitch = padded_to_lanes(from.channels / connection.conv->groups);
      plan.transposed_count += connection.conv->taps() * to.channels * connection.transposed_pitch;
    } else {
      connection.transposed_pitch = from.padded;
      plan.transposed_count += to.size * connection.transposed_pitch;
    }
  }
}

/// Sorting costs about two passes over the spikes, and pays where a panel of dW does not fit into the
/// first-level cache.
void choose_sorting(Plan& plan) {
  for (ConnectionPlan& c : plan.connections) {
    PopulationPlan& from = plan.populations[c.from];
    const PopulationPlan& to = plan.populations[c.to];
    const std::size_t panel_bytes = from.size * std::min(to.panel, to.padded) * sizeof(float);
    const std::size_t late = to.lag + c.delay, steps = plan.steps - std::min(plan.steps, late);
    // `steps` of the source move the target. The gradient of delays comes from the same sums as that of the weights.
    c.by_unit = !c.conv && to.learns && !from.valued && (panel_bytes > sorting_pays || c.delay_block) &&
                steps > 0 && steps <= largest_size && (from.sorted_steps == 0 || from.sorted_steps == steps);
    if (c.by_unit) from.sorted_steps = steps;
  }
}

/// In a loop, connections from outside it come first: their sums are made for all steps before the loop
/// begins.
void put_outer_first(Plan& plan) {
  std::vector<std::size_t> stage_of(plan.populations.size());
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (const std::size_t p : plan.stages[s].populations) stage_of[p] = s;
  for (std::size_t c = 0; c < plan.connections.size(); ++c) {
    const ConnectionPlan& connection = plan.connections[c];
    if (connection.delay_kind == DelayKind::none) continue;
    if (stage_of[connection.from] == stage_of[connection.to])
      plan.populations[connection.from].delayed_out.push_back(c);
    else
      plan.populations[connection.to].delayed_in.push_back(c);
  }
  for (std::size_t p = 0; p < plan.populations.size(); ++p) {
    if (!plan.stages[stage_of[p]].stepwise) continue;
    PopulationPlan& population = plan.populations[p];
    const auto count = [&](std::vector<std::size_t>& in) {
      const auto outside = [&](std::size_t c) { return stage_of[plan.connections[c].from] != stage_of[p]; };
      return static_cast<std::size_t>(std::stable_partition(in.begin(), in.end(), outside) - in.begin());
    };
    population.outer_dense = count(population.dense_in);
    population.outer_conv = count(population.conv_in);
    for (const std::size_t c : population.dense_in)
      plan.loops_share |= stage_of[plan.connections[c].from] == stage_of[p] &&
                          plan.lowering.carries[plan.connections[c].block];
  }
}

/// A loop takes signals back step by step, the others for all steps at once; and in this product D̄ is whole.
void choose_event_products(Plan& plan) {
  const LearningSignal& signal = plan.lowering.signal;
  if (signal.window > 0 || signal.signal_effect == DriveEffect::first) return;
  for (const Stage& stage : plan.stages)
    for (const std::size_t p : stage.populations)
      for (const std::size_t c : plan.populations[p].signal_connections) {
        ConnectionPlan& connection = plan.connections[c];
        const PopulationPlan& to = plan.populations[connection.to];
        connection.by_event = !stage.stepwise && !connection.conv && connection.delay == 0 && to.sparse &&
                              to.layer.loop == LoopKind::uniform;
      }
}

void choose_sizes(Plan& plan) {
  std::size_t bytes = 1;
  for (const PopulationPlan& p : plan.populations)
    if (!p.input) bytes += plan.steps * p.padded * sizeof(float) * (1 + p.kept + (p.first_effects ? 1 : 0));
  plan.tile = std::clamp<std::size_t>(tape_target / bytes, plan.loops_share ? lockstep : 1, largest_tile);
  while (samples_a_group % plan.tile != 0) --plan.tile;
}

}  // namespace

Plan::Plan(const Objective& objective, const LearningSignal& signal)
    : network(objective.network),
      lowering(objective, signal),
      regularisers(objective.regularisers.begin(), objective.regularisers.end()),
      steps(network.steps()),
      loss_population(lowering.loss_population),
      stages(stages_of(network)) {
  lay_out_populations(*this);
  populations[loss_population].sparse = std::holds_alternative<MaxCrossEntropyLoss>(objective.loss) ||
                                        std::holds_alternative<LinearLoss>(objective.loss);
  lay_out_connections(*this);
  lay_out_delays(*this);
  lay_out_signals(*this);
  choose_sorting(*this);
  put_outer_first(*this);
  choose_event_products(*this);
  choose_sizes(*this);
}

}  // namespace spikegrad::cpu
