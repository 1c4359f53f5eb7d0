// SPDX-License-Identifier: Apache-2.0
// The backward half of a tile. Signals reach a population through its outgoing connections (tile_backward_data.cpp),
// for all steps at once where it is in no loop, else step by step with the samples of the tile side by side.
#include <algorithm>
#include <utility>
#include <variant>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/cpu/tile.hpp"

namespace spikegrad::cpu {

/// What the loops of each panel are given, and adjoints of 0 behind the last step.
void Tile::lay_out_backward(const Run& run, std::size_t p, std::size_t s) {
  const PopulationPlan& population = plan_.populations[p];
  PopulationSpace& space = space_.populations[p];
  const bool one_row = space.signal_rows == SignalRows::single;
  const float* signal = space.signal_of(s);
  for (std::size_t k = 0; k < population.panels(); ++k) {
    const std::size_t first = k * population.panel, width = population.width(k), base = first * space.rows;
    space.backward[s * population.panels() + k] = {
        .layer = &population.layer,
        .rows = space.excess_of(s) + base,
        .excess = space.x_of(s) + base,
        .output = population.valued ? space.output.data() + s * space.stride + base : nullptr,
        .pre_reset = space.pre_reset.size() ? space.pre_reset.data() + s * space.stride + base : nullptr,
        .pitch = width,
        .mask = space.mask.size() ? space.mask_of(s) + first / 8 : nullptr,
        .mask_pitch = space.mask_pitch,
        .signal = signal ? signal + (one_row ? first : base) : nullptr,
        .signal_pitch = one_row ? 0 : width,
        .direct = population.direct ? space.direct.data() + s * space.stride + base : nullptr,
        .direct_pitch = width,
        .advantage = static_cast<float>(advantage_[s]),
        .score = plan_.lowering.signal.score && population.drawn,
        .adj_state = space.adj_state.data() + s * population.state_size * population.padded + first,
        .state_pitch = population.padded,
        .width = width};
    if (population.first_effects)
      space.backward[s * population.panels() + k].adj_excess =
          space.first_effect.data() + s * space.stride + base;
    if (population.layer.loop != LoopKind::general) continue;
    BackwardArgs& args = space.backward[s * population.panels() + k];
    args.decays = run.decays + population.decays + first;
    args.decays_pitch = population.padded;
    args.kept = population.kept > 0 ? space.kept.data() + s * population.kept * space.stride + base : nullptr;
    args.kept_pitch = space.stride;
    if (!population.learned.empty())
      args.adj_decays = space.adj_decays.data() + s * most_filter_numbers * population.padded + first;
  }
  if (!population.learned.empty())
    std::fill_n(space.adj_decays.data() + s * most_filter_numbers * population.padded,
                most_filter_numbers * population.padded, 0.0f);
  const std::size_t numbers = population.state_size * population.padded;
  std::fill_n(space.adj_state.data() + s * numbers, numbers, 0.0f);
}

void Tile::backward_panels(std::size_t p, std::size_t s, std::size_t begin, std::size_t end) {
  const std::size_t panels = plan_.populations[p].panels(), window = plan_.lowering.signal.window;
  for (std::size_t k = 0; k < panels; ++k) {
    BackwardArgs& args = space_.populations[p].backward[s * panels + k];
    args.begin = begin;
    args.end = end;
    args.cut = window > 0 && begin % window == 0;
    kernels_.backward(args);
  }
}

/// All steps, window by window.
void Tile::backward_windows(std::size_t p, std::size_t s) {
  const std::size_t window = plan_.lowering.signal.window;
  for (std::size_t end = plan_.steps, begin = 0; end > 0; end = begin) {
    begin = window > 0 ? (end - 1) / window * window : 0;
    backward_panels(p, s, begin, end);
  }
}

/// D̃ from the x̄ of all steps.
void Tile::take_first_effects(std::size_t p, std::size_t s) {
  const std::size_t panels = plan_.populations[p].panels();
  for (std::size_t k = 0; k < panels && plan_.populations[p].first_effects; ++k) {
    BackwardArgs& args = space_.populations[p].backward[s * panels + k];
    args.begin = 0;
    args.end = plan_.steps;
    kernels_.first_effect(args);
  }
}

/// ℓ_k f'(x_k) at the spikes that the caller gives credit for.
void Tile::take_credits(std::size_t s, const Sample& sample) {
  for (std::size_t p = 0; p < plan_.populations.size(); ++p)
    if (plan_.populations[p].drawn)
      std::fill_n(space_.populations[p].direct.data() + s * space_.populations[p].stride,
                  space_.populations[p].stride, 0.0f);
  for (const SpikeCredit& credit : sample.credits) {
    require(credit.slot.population < plan_.populations.size() &&
                plan_.populations[credit.slot.population].drawn && credit.slot.step < plan_.steps &&
                credit.slot.unit < plan_.populations[credit.slot.population].size,
            "credit for a spike that is not drawn");
    const PopulationPlan& population = plan_.populations[credit.slot.population];
    PopulationSpace& space = space_.populations[credit.slot.population];
    const std::size_t at = population.at(credit.slot.step, population.slot(credit.slot.unit), plan_.steps);
    const double x = double{space.excess_of(s)[at]};
    const double slope = std::visit([x](const auto& f) { return equations::derivative(f, x); },
                                    plan_.network.populations()[credit.slot.population].escape);
    space.direct[s * space.stride + at] += static_cast<float>(credit.difference * slope);
  }
}

/// What comes to population p through its connections in all steps of sample s.
void Tile::gather_signals(const Run& run, std::size_t p, std::size_t s) {
  const PopulationPlan& population = plan_.populations[p];
  PopulationSpace& space = space_.populations[p];
  // The first product may write in place of adding to zeros: a fifth of its traffic with memory.
  bool fresh = space.signal_rows == SignalRows::shared && !population.steady && !drops_out(p) &&
               !plan_.connections[population.signal_connections[0]].conv &&
               plan_.connections[population.signal_connections[0]].delay_kind != DelayKind::each;
  if (!fresh) space.begin_signals(population, s);
  if (drops_out(p)) set_aside_signals(p, s, 0, plan_.steps);
  for (const std::size_t i : population.signal_connections) {
    const ConnectionPlan& c = plan_.connections[i];
    const std::size_t late = plan_.populations[c.to].lag + c.delay,
                      steps = plan_.steps - std::min(plan_.steps, late);
    const bool each = c.delay_kind == DelayKind::each;
    if (each && c.conv) clear_delayed_signals(i, s, 0, plan_.steps);
    if (c.by_event && space_.populations[c.to].event_counts[s] <= plan_.populations[c.to].size)
      backward_data_events(run, i, s, each || std::exchange(fresh, false));
    else if (!c.conv)
      backward_data_dense(run, i, s, 0, steps, false, each || std::exchange(fresh, false));
    else
      for (std::size_t t = 0; t < steps; ++t) backward_data_conv(run, i, s, t);
    if (each) join_delayed_signals(run, i, s, 0, plan_.steps);
  }
  if (drops_out(p)) join_signals(p, s, 0, plan_.steps);
}

void Tile::backward_whole(const Run& run, std::size_t p, std::size_t s) {
  gather_signals(run, p, s);
  lay_out_backward(run, p, s);
  backward_windows(p, s);
  take_first_effects(p, s);
}

void Tile::backward_steps(const Run& run, const Stage& stage, std::size_t samples) {
  for (const std::size_t p : stage.populations)
    for (std::size_t s = 0; s < samples; ++s) lay_out_backward(run, p, s);
  for (std::size_t t = plan_.steps; t-- > 0;)
    for (auto p = stage.populations.rbegin(); p != stage.populations.rend(); ++p) {
      const PopulationPlan& population = plan_.populations[*p];
      if (!population.learns) continue;
      space_.populations[*p].begin_step_signals(population, samples);
      for (std::size_t s = 0; s < samples && drops_out(*p); ++s) set_aside_signals(*p, s, t, t + 1);
      for (const std::size_t i : population.signal_connections) {
        const ConnectionPlan& c = plan_.connections[i];
        const bool each = c.delay_kind == DelayKind::each,
                   moves =
                       t + plan_.populations[c.to].lag + c.delay < plan_.steps;  // nothing follows the last
        for (std::size_t s = 0; s < samples && each && (c.conv || !moves); ++s)
          clear_delayed_signals(i, s, t, t + 1);
        if (moves && !c.conv) backward_data_dense(run, i, 0, t, samples, true, each);
        for (std::size_t s = 0; s < samples && moves && c.conv; ++s) backward_data_conv(run, i, s, t);
        for (std::size_t s = 0; s < samples && each; ++s) join_delayed_signals(run, i, s, t, t + 1);
      }
      for (std::size_t s = 0; s < samples && drops_out(*p); ++s) join_signals(*p, s, t, t + 1);
      for (std::size_t s = 0; s < samples; ++s) backward_panels(*p, s, t, t + 1);
    }
  for (const std::size_t p : stage.populations)
    for (std::size_t s = 0; s < samples && plan_.populations[p].learns; ++s) take_first_effects(p, s);
}

void Tile::give_input_gradient(std::size_t p, std::size_t s, const NumberSpan& to) {
  const PopulationPlan& population = plan_.populations[p];
  const float* signal = space_.populations[p].signal_of(s);
  std::visit(
      [&]<class T>(std::span<T> values) {
        for (std::size_t t = 0; t < plan_.steps && !values.empty(); ++t)
          for (std::size_t unit = 0; unit < population.size; ++unit)
            values[t * population.size + unit] =
                signal ? T{signal[population.at(t, population.signal_slot(unit), plan_.steps)]} : T{0};
      },
      to);
}

void Tile::backward(const Run& run, std::size_t samples, std::span<const NumberSpan> input_gradients) {
  for (auto stage = plan_.stages.rbegin(); stage != plan_.stages.rend(); ++stage) {
    if (stage->stepwise) {
      backward_steps(run, *stage, samples);
      continue;
    }
    const std::size_t p = stage->populations[0];
    const PopulationPlan& population = plan_.populations[p];
    for (std::size_t s = 0; s < samples && population.input && !input_gradients.empty(); ++s) {
      if (population.learns) gather_signals(run, p, s);
      give_input_gradient(p, s, input_gradients[s * plan_.input_count + *population.input]);
    }
    if (!population.learns || population.input) continue;
    for (std::size_t s = 0; s < samples; ++s) backward_whole(run, p, s);
  }
}

}  // namespace spikegrad::cpu
