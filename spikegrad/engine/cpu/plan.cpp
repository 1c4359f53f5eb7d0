// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/plan.hpp"

#include <algorithm>
#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/cpu/conv_layout.hpp"
#include "spikegrad/engine/cpu/specs.hpp"

namespace spikegrad::cpu {
namespace {

constexpr std::size_t dense_panel = 64;         ///< columns: four of the widest vectors
constexpr std::size_t largest_size = 65536;     ///< units are 16-bit numbers in the lists
constexpr std::size_t tape_target = 512 << 10;  ///< bytes of tape that should stay in the second-level cache
constexpr std::size_t lockstep = 4;  ///< samples at least that share each load of a recurrent weight
constexpr std::size_t samples_a_group = 32;
constexpr std::size_t sorting_pays = 24 << 10;  ///< bytes of a panel of dW

void lay_out_populations(Plan& plan) {
  const Network& network = plan.network;
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
    const bool clamped = plan.target_is_forced && p == plan.loss_population;
    out.layer = layer_spec(network, p, plan.signal.forward, clamped);
    out.layer.slope = slope_spec(population, plan.signal.pseudo, out.slope_table);
    if (timing_of(population.unit) == DriveTiming::none) out.input = plan.input_count++;
    out.lag = out.layer.memoryless ? 0 : 1;
    out.valued = out.layer.fire == Fire::analog;
    out.drawn = out.layer.fire == Fire::stochastic;
    out.drops = population.dropout > 0.0;
    out.bias_block = network.layout(p).bias_block;
    if (const auto& block = network.layout(p).time_block) {
      out.time_block = *block;
      out.time_constants = time_constants_of(population.unit).size();
      out.time_shared = population.learn_time_constants == LearnTimeConstants::population;
    }
    out.keeps_state = out.layer.general && (out.time_constants > 0 || out.layer.differentiate_reset);

    bool convolves = false;
    for (const Connection& c : network.connections())
      convolves |= (c.from == p || c.to == p) && std::holds_alternative<Conv1d>(c.kind);
    if (convolves && !out.input && out.channels > 1 && out.positions > 1) {
      out.unit_of_slot.resize(out.size);
      for (std::size_t slot = 0; slot < out.size; ++slot)
        out.unit_of_slot[slot] =
            static_cast<std::uint32_t>(slot % out.channels * out.positions + slot / out.channels);
    }
    // Whole vectors of channels are read and written from any position on.
    const std::size_t slack = convolves && !out.input ? padded_to_lanes(out.channels) - out.channels : 0;
    out.padded = padded_to_lanes(out.size + slack);
    out.panel = convolves ? out.padded : std::min(dense_panel, out.padded);
    plan.populations.push_back(std::move(out));
  }
}

void lay_out_connections(Plan& plan) {
  for (std::size_t c = 0; c < plan.network.connections().size(); ++c) {
    const Connection& connection = plan.network.connections()[c];
    PopulationPlan &from = plan.populations[connection.from], &to = plan.populations[connection.to];
    ConnectionPlan out{.from = connection.from, .to = connection.to, .block = c};
    out.conv = std::get_if<Conv1d>(&connection.kind);
    out.weights = plan.packed_count;
    if (out.conv) {
      lay_out_convolution(out, from, to);
      to.conv_in.push_back(c);
    } else {
      out.weight_count = from.size * to.padded;
      to.dense_in.push_back(c);
    }
    from.sends = true;
    plan.packed_count += out.weight_count;
    plan.connections.push_back(std::move(out));
  }
  for (PopulationPlan& p : plan.populations)
    if (p.bias_block) {
      p.bias_offset = plan.packed_count;
      plan.packed_count += p.padded;
    }
  for (PopulationPlan& p : plan.populations) {
    if (p.layer.general) {
      p.rates = plan.rate_count;
      plan.rate_count += rate_rows * p.padded;
    }
    if (p.time_constants == 0) continue;
    p.time_offset = plan.packed_count;
    p.time_stride = p.time_shared ? lane_block : p.padded;
    plan.packed_count += p.time_constants * p.time_stride;
  }
}

/// Do signals at the population's outputs reach its potentials?
bool takes_signals(const Plan& plan, std::size_t p) {
  const LayerSpec& layer = plan.populations[p].layer;
  return passes_signals(plan.network.populations()[p], plan.signal.pseudo) && layer.fire != Fire::clamped &&
         layer.slope.kind != SlopeKind::zero;
}

/// Which potentials any signal reaches, and by which connections.
void find_learners(Plan& plan) {
  for (const Regulariser& r : plan.regularisers) {
    require(plan.network.populations()[population_of(r)].spikes(),
            "a regulariser is of a population that does not spike");
    plan.populations[population_of(r)].steady = takes_signals(plan, population_of(r));
  }
  for (PopulationPlan& p : plan.populations)
    p.learns = p.steady || ((plan.signal.score || plan.signal.credit) && p.drawn);
  plan.populations[plan.loss_population].learns = !plan.populations[plan.loss_population].input;
  for (bool grown = true; grown;) {
    grown = false;
    for (const ConnectionPlan& c : plan.connections) {
      PopulationPlan& from = plan.populations[c.from];
      if (!takes_signals(plan, c.from) || !plan.populations[c.to].learns || from.learns) continue;
      from.learns = grown = true;
    }
  }
  for (std::size_t c = 0; c < plan.connections.size(); ++c) {
    ConnectionPlan& connection = plan.connections[c];
    PopulationPlan &from = plan.populations[connection.from], &to = plan.populations[connection.to];
    if (!to.learns || !takes_signals(plan, connection.from)) continue;
    from.pulls.push_back(c);
    connection.pull = plan.pull_count;
    if (connection.conv) {
      connection.pull_pitch = padded_to_lanes(from.channels);
      plan.pull_count += connection.conv->kernel * to.channels * connection.pull_pitch;
    } else {
      connection.pull_pitch = from.padded;
      plan.pull_count += to.size * connection.pull_pitch;
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
    const std::size_t steps = plan.steps - to.lag;  // of the source, that move the target
    c.by_unit = !c.conv && to.learns && !from.valued && panel_bytes > sorting_pays && steps > 0 &&
                steps <= largest_size && (from.sorted_steps == 0 || from.sorted_steps == steps);
    if (c.by_unit) from.sorted_steps = steps;
  }
}

/// Strongly connected components, sources before targets, ties in the order of the file.
void find_stages(Plan& plan) {
  const std::size_t n = plan.populations.size();
  std::vector<std::vector<bool>> reaches(n, std::vector<bool>(n, false));
  for (const ConnectionPlan& c : plan.connections) reaches[c.from][c.to] = true;
  for (std::size_t via = 0; via < n; ++via)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (reaches[i][via] && reaches[via][j]) reaches[i][j] = true;
  std::vector<bool> placed(n, false);
  for (std::size_t left = n; left > 0;) {
    for (std::size_t p = 0; p < n; ++p) {
      if (placed[p]) continue;
      bool ready = true;
      for (std::size_t q = 0; q < n; ++q) ready &= placed[q] || !reaches[q][p] || reaches[p][q];
      if (!ready) continue;
      Stage stage;
      stage.stepwise = reaches[p][p];
      for (std::size_t q = p; q < n; ++q)
        if (q == p || (reaches[p][q] && reaches[q][p])) {
          stage.populations.push_back(q);
          placed[q] = true;
          --left;
        }
      plan.stages.push_back(std::move(stage));
    }
  }
}

/// In a loop, connections from outside it come first: their sums are made for all steps before the loop
/// begins.
void put_outer_first(Plan& plan) {
  for (const Stage& stage : plan.stages) {
    const auto outside = [&](std::size_t c) {
      return std::find(stage.populations.begin(), stage.populations.end(), plan.connections[c].from) ==
             stage.populations.end();
    };
    for (const std::size_t p : stage.populations) {
      if (!stage.stepwise) continue;
      PopulationPlan& population = plan.populations[p];
      const auto count = [&](std::vector<std::size_t>& in) {
        return static_cast<std::size_t>(std::stable_partition(in.begin(), in.end(), outside) - in.begin());
      };
      population.outer_dense = count(population.dense_in);
      population.outer_conv = count(population.conv_in);
    }
  }
}

/// A loop pulls step by step, the others for all steps at once.
void choose_event_pulls(Plan& plan) {
  for (const Stage& stage : plan.stages)
    for (const std::size_t p : stage.populations)
      for (const std::size_t c : plan.populations[p].pulls) {
        ConnectionPlan& connection = plan.connections[c];
        const PopulationPlan& to = plan.populations[connection.to];
        connection.by_event = !stage.stepwise && !connection.conv && to.sparse && !to.layer.general;
      }
}

void choose_sizes(Plan& plan) {
  std::size_t bytes = 1;
  bool shares = false;
  for (const PopulationPlan& p : plan.populations)
    if (!p.input)
      bytes += plan.steps * p.padded * sizeof(float) * (p.keeps_state ? p.layer.adapts ? 3 : 2 : 1);
  for (const Stage& stage : plan.stages)
    if (stage.stepwise)
      for (const std::size_t p : stage.populations)
        for (const std::size_t q : stage.populations)
          for (const std::size_t c : plan.populations[p].pulls)
            shares |= !plan.connections[c].conv && plan.connections[c].to == q;
  plan.tile = std::clamp<std::size_t>(tape_target / bytes, shares ? lockstep : 1, largest_tile);
  while (samples_a_group % plan.tile != 0) --plan.tile;
  plan.group = samples_a_group;
}

}  // namespace

Plan::Plan(const Network& net, const LearningSignal& learning_signal, const Loss& loss,
           std::span<const Regulariser> penalties)
    : network(net),
      signal(learning_signal),
      regularisers(penalties.begin(), penalties.end()),
      steps(net.steps()),
      loss_population(population_of(loss)),
      loss_kind(loss.index()) {
  require(loss_population < net.populations().size(), "the loss is of a population that is not there");
  const bool forced = signal.forcing == Forcing::always;
  target_is_forced = forced || (signal.forcing == Forcing::as_loss && clamp_of(loss));
  direct =
      signal.output == OutputSignal::target_error || forced || std::holds_alternative<LikelihoodLoss>(loss);
  lay_out_populations(*this);
  for (std::size_t p = 0; p < populations.size(); ++p)
    populations[p].direct = (direct && p == loss_population) || (signal.credit && populations[p].drawn);
  PopulationPlan& judged = populations[loss_population];
  judged.sparse = std::holds_alternative<MaxCrossEntropyLoss>(loss) && !direct && !judged.input &&
                  judged.layer.fire == Fire::none;
  lay_out_connections(*this);
  find_learners(*this);
  choose_sorting(*this);
  find_stages(*this);
  put_outer_first(*this);
  choose_event_pulls(*this);
  choose_sizes(*this);
}

}  // namespace spikegrad::cpu
