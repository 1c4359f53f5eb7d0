// SPDX-License-Identifier: Apache-2.0
// Delays of connections (network/delays.hpp): what a population sends becomes what the connection brings, in lists of
// the same kind; so neither the drives nor the weight gradients know of delays.
#include <algorithm>
#include <numeric>

#include "spikegrad/engine/cpu/packing.hpp"
#include "spikegrad/engine/cpu/tile.hpp"

namespace spikegrad::cpu {

/// What a connection brings of sample s, step by step.
Activity Tile::activity_of(std::size_t connection, std::size_t s) {
  const ConnectionPlan& c = plan_.connections[connection];
  const Activity& sent = space_.activity[s][c.from];
  if (c.delay_kind == DelayKind::none) return sent;
  DelaySpace::List& list = space_.delays[connection].lists[s];
  if (c.delay_kind == DelayKind::shared) return {list.begin.data(), sent.units, sent.values};
  return {list.begin.data(), list.units.data(), c.split || sent.values ? list.values.data() : nullptr};
}

void Tile::begin_delays(std::size_t connection, std::size_t s) {
  DelaySpace& space = space_.delays[connection];
  space.lists[s].begin[0] = 0;
  space.event_count = 0;
  std::fill_n(space.first.data(), space.first.size(), 0u);
}

namespace {

/// visit(step, unit, value) of what is sent in the steps begin … end-1, with the step in which it acts.
template <class Visit>
void for_each_delayed(const Activity& sent, const SlotDelays& delays, bool split, std::size_t steps,
                      std::size_t begin, std::size_t end, Visit&& visit) {
  const auto wait = [&](std::size_t step, std::uint16_t unit, float value) {
    if (step < steps && value != 0.0f) visit(step, unit, value);
  };
  for (std::size_t t = begin; t < end; ++t)
    for (std::size_t k = sent.begin[t]; k < sent.begin[t + 1]; ++k) {
      const std::uint16_t unit = sent.units[k];
      const std::size_t step = t + static_cast<std::size_t>(delays.steps[unit]);
      const float value = sent.values ? sent.values[k] : 1.0f;
      wait(step, unit, value * delays.early[unit]);
      if (split) wait(step + 1, unit, value * delays.late[unit]);
    }
}

}  // namespace

/// In a loop: what was sent in step t waits for its steps; what has waited for t acts.
void Tile::delay_step(const Run& run, std::size_t connection, std::size_t s, std::size_t t) {
  const ConnectionPlan& c = plan_.connections[connection];
  const Activity& sent = space_.activity[s][c.from];
  DelaySpace& space = space_.delays[connection];
  DelaySpace::List& list = space.lists[s];
  if (c.delay_kind == DelayKind::shared) {
    if (t == 0) list.begin[0] = sent.begin[0];
    list.begin[t + 1] = sent.begin[t + 1 - std::min(t + 1, c.delay)];
    return;
  }
  const SlotDelays delays = delays_of(plan_, c, run.delay_steps, run.delay_numbers);
  for_each_delayed(sent, delays, c.split, plan_.steps, t, t + 1,
                   [&](std::size_t step, std::uint16_t unit, float value) {
                     space.events[space.event_count] = {value, space.first[step], unit};
                     space.first[step] = ++space.event_count;
                   });
  std::uint32_t at = list.begin[t];
  const bool valued = c.split || sent.values;
  for (std::uint32_t next = space.first[t]; next != 0; ++at) {
    const DelayedEvent& event = space.events[next - 1];
    list.units[at] = event.unit;
    if (valued) list.values[at] = event.value;
    next = event.next;
  }
  list.begin[t + 1] = at;
}

/// All steps at once: sorted by counting, each step filled from behind, which is the order of delay_step().
void Tile::delay_whole(const Run& run, std::size_t connection, std::size_t s) {
  const ConnectionPlan& c = plan_.connections[connection];
  const Activity& sent = space_.activity[s][c.from];
  DelaySpace& space = space_.delays[connection];
  space.reserve(s, (sent.begin[plan_.steps] - sent.begin[0]) * (c.split ? 2 : 1));
  DelaySpace::List& list = space.lists[s];
  const SlotDelays delays = delays_of(plan_, c, run.delay_steps, run.delay_numbers);
  std::uint32_t* begin = list.begin.data();
  std::fill_n(begin, plan_.steps + 1, 0u);
  for_each_delayed(sent, delays, c.split, plan_.steps, 0, plan_.steps,
                   [&](std::size_t step, std::uint16_t, float) { ++begin[step]; });
  std::partial_sum(begin, begin + plan_.steps + 1, begin);
  const bool valued = c.split || sent.values;
  for_each_delayed(sent, delays, c.split, plan_.steps, 0, plan_.steps,
                   [&](std::size_t step, std::uint16_t unit, float value) {
                     const std::uint32_t at = --begin[step];
                     list.units[at] = unit;
                     if (valued) list.values[at] = value;
                   });
}

/// All that comes to population p from outside its loop.
void Tile::delay_all(const Run& run, std::size_t p, std::size_t s) {
  for (const std::size_t i : plan_.populations[p].delayed_in) {
    if (plan_.connections[i].delay_kind == DelayKind::each) {
      delay_whole(run, i, s);
      continue;
    }
    begin_delays(i, s);
    for (std::size_t t = 0; t < plan_.steps; ++t) delay_step(run, i, s, t);
  }
}

/// Σ_i w_ij D̄_i of these steps, before it is summed.
void Tile::clear_delayed_signals(std::size_t connection, std::size_t s, std::size_t begin, std::size_t end) {
  const PopulationPlan& source = plan_.populations[plan_.connections[connection].from];
  const SignalPlace place = signal_place(connection, s);
  for (std::size_t k = 0; k < source.panels(); ++k)
    std::fill_n(place.rows + source.at(begin, k * source.panel, place.steps), (end - begin) * source.width(k),
                0.0f);
}

/// S̄_j[t] += (1-φ_j) Σ_i w_ij D̄_i[t + n_j] + φ_j Σ_i w_ij D̄_i[t + n_j + 1], for t from begin to end - 1.
void Tile::join_delayed_signals(const Run& run, std::size_t connection, std::size_t s, std::size_t begin,
                                std::size_t end) {
  const ConnectionPlan& c = plan_.connections[connection];
  const PopulationPlan& source = plan_.populations[c.from];
  const SignalPlace place = signal_place(connection, s);
  PopulationSpace& from = space_.populations[c.from];
  const bool one_row = from.signal_rows == SignalRows::single;
  for (std::size_t k = 0; k < source.panels(); ++k) {
    const std::size_t first = k * source.panel, row = one_row ? 0 : begin, rows = one_row ? 1 : plan_.steps;
    kernels_.delayed_signals(
        {.delays = delays_at(plan_, c.signal_delays + first, run.delay_steps, run.delay_numbers),
         .rows = place.rows + source.at(0, first, place.steps),
         .signal = from.signal_of(s) + source.at(row, first, rows),
         .signal_pitch = source.width(k),
         .begin = begin,
         .end = end,
         .steps = plan_.steps,
         .width = source.width(k)});
  }
}

/// dW of a panel of targets, and the part of ∂L/∂d that comes from them, from spikes sorted by unit.
void Tile::add_delayed_gradient(const Run& run, std::size_t connection, std::size_t panel,
                                const UnitScatterArgs& scatter) {
  const ConnectionPlan& c = plan_.connections[connection];
  const PopulationPlan& target = plan_.populations[c.to];
  const std::size_t first = panel * target.panel;
  DelayedScatterArgs args{.scatter = scatter,
                          .delays = delays_of(plan_, c, run.delay_steps, run.delay_numbers),
                          .steps = plan_.steps - target.lag};
  if (c.delay_block) {
    args.weights = run.packed + c.weights + plan_.populations[c.from].size * first;
    args.targets = target.size - std::min(target.size, first);
    args.delay_gradient = space_.gradient.data() + *c.delay_offset;
  }
  kernels_.delayed_scatter(args);
}

/// ∂L/∂d of the units of a connection's source.
void Tile::add_delay_gradient(const Run& run, std::size_t connection, std::size_t samples) {
  const ConnectionPlan& c = plan_.connections[connection];
  const PopulationPlan &source = plan_.populations[c.from], &target = plan_.populations[c.to];
  const SlotDelays delays = delays_of(plan_, c, run.delay_steps, run.delay_numbers);
  float* gradient = space_.gradient.data() + *c.delay_offset;
  const std::size_t steps = plan_.steps - target.lag;
  for (std::size_t s = 0; s < samples; ++s) {
    const Activity& sent = space_.activity[s][c.from];
    const float* excess = space_.populations[c.to].drive_adjoint_of(s, plan_.lowering.signal.weight_effect);
    if (!c.conv) {
      for (std::size_t k = 0; k < target.panels() && k * target.panel < target.size; ++k)
        kernels_.delay_gradient({.activity = sent,
                                 .delays = delays,
                                 .rows = run.packed + c.weights + source.size * k * target.panel,
                                 .rows_pitch = target.width(k),
                                 .delta = excess + target.at(target.lag, k * target.panel, plan_.steps),
                                 .delta_pitch = target.width(k),
                                 .steps = steps,
                                 .width = std::min(target.width(k), target.size - k * target.panel),
                                 .gradient = gradient});
      continue;
    }
    const float* delta = excess + target.lag * target.padded;
    for (std::size_t t = 0; t < steps; ++t)
      for (std::size_t k = sent.begin[t]; k < sent.begin[t + 1]; ++k) {
        const std::size_t unit = sent.units[k], now = t + static_cast<std::size_t>(delays.steps[unit]);
        if (now >= steps) continue;
        const float *row = delta + now * target.padded,
                    *later = now + 1 < steps ? row + target.padded : nullptr;
        float sum = 0.0f;
        for (std::size_t r = 0; r < c.runs; ++r) {
          const ConvStart start = c.starts[unit * c.runs + r];
          for (std::size_t q = 0; q < c.targets; ++q) {
            const float* weights =
                run.packed + c.weights + start.weight - q * c.conv->columns.stride * c.out_padded;
            const std::size_t first = start.target + q * target.channels;
            for (std::size_t o = 0; o < target.channels / c.conv->groups; ++o)
              sum += weights[o] * ((later ? later[first + o] : 0.0f) - row[first + o]);
          }
        }
        gradient[unit] += delays.moves[unit] * sum * (sent.values ? sent.values[k] : 1.0f);
      }
  }
}

}  // namespace spikegrad::cpu
