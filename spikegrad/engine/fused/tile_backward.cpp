// SPDX-License-Identifier: Apache-2.0
// The backward half of a tile. Signals reach a population through its outgoing connections, S̄ += D̄ W, for all
// steps at once where it is in no loop, else step by step with the samples of the tile side by side.
#include <algorithm>
#include <utility>
#include <variant>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/fused/tile.hpp"

namespace spikegrad::fused {

/// S̄[t …] += D̄[t …] W: `rows` steps of sample s, or step t of `rows` samples from s on. `fresh`: S̄ holds
/// nothing yet, and gets all its rows.
void Tile::pull_dense(const Run& run, const ConnectionPlan& c, std::size_t s, std::size_t t, std::size_t rows,
                      bool over_samples, bool fresh) {
  const PopulationPlan &source = plan_.populations[c.from], &target = plan_.populations[c.to];
  PopulationSpace &from = space_.populations[c.from], &to = space_.populations[c.to];
  const bool one_row = from.signal_rows == SignalRows::single;
  const std::size_t signal_steps = one_row ? 1 : plan_.steps, signal_row = one_row ? 0 : t;
  for (std::size_t kq = 0; kq < target.panels(); ++kq) {
    const std::size_t post = kq * target.panel, inner = std::min(target.width(kq), target.size - post);
    if (post >= target.size) break;
    for (std::size_t kp = 0; kp < source.panels(); ++kp) {
      const std::size_t pre = kp * source.panel;
      kernels_.product({.fresh = fresh && kq == 0,
                        .a = to.excess_of(s) + target.at(t + target.lag, post, plan_.steps),
                        .a_pitch = over_samples ? to.stride : target.width(kq),
                        .rows = rows,
                        .inner = inner,
                        .b = run.pulls + *c.pull + post * c.pull_pitch + pre,
                        .b_pitch = c.pull_pitch,
                        .columns = source.width(kp),
                        .c = from.signal_of(s) + source.at(signal_row, pre, signal_steps),
                        .c_pitch = over_samples ? signal_steps * source.padded : source.width(kp)});
      if (fresh && kq == 0)  // steps that nothing follows
        std::fill_n(from.signal_of(s) + source.at(rows, pre, signal_steps),
                    (signal_steps - rows) * source.width(kp), 0.0f);
    }
  }
}

/// The same for all steps of sample s from a readout with few signals.
void Tile::pull_events(const Run& run, const ConnectionPlan& c, std::size_t s, bool fresh) {
  const PopulationPlan &source = plan_.populations[c.from], &target = plan_.populations[c.to];
  for (std::size_t k = 0; k < source.panels(); ++k)
    kernels_.event_pull(
        {.events = space_.populations[c.to].events.data() + s * target.size,
         .count = target.size,
         .layer = &target.layer,
         .b = run.pulls + *c.pull + k * source.panel,
         .b_pitch = c.pull_pitch,
         .signal = space_.populations[c.from].signal_of(s) + source.at(0, k * source.panel, plan_.steps),
         .pitch = source.width(k),
         .width = source.width(k),
         .fresh = fresh ? plan_.steps : 0});
}

/// The same through a convolution, one step of one sample.
void Tile::pull_conv(const Run& run, std::size_t connection, std::size_t s, std::size_t t) {
  const ConnectionPlan& c = plan_.connections[connection];
  const PopulationPlan &source = plan_.populations[c.from], &target = plan_.populations[c.to];
  PopulationSpace &from = space_.populations[c.from], &to = space_.populations[c.to];
  float* delta = space_.padded_delta[connection].data();
  std::copy_n(to.excess_of(s) + (t + target.lag) * target.padded, target.positions * target.channels,
              delta + c.rows_before * target.channels);
  float* signal = from.signal_of(s) + (from.signal_rows == SignalRows::single ? 0 : t * source.padded);
  for (const ConvPull& pull : c.conv_pulls)
    kernels_.product({.a = delta + pull.at * target.channels,
                      .a_pitch = target.channels,
                      .rows = pull.rows,
                      .inner = target.channels,
                      .b = run.pulls + *c.pull + pull.tap * target.channels * c.pull_pitch,
                      .b_pitch = c.pull_pitch,
                      .columns = c.pull_pitch,
                      .c = signal + pull.first * source.channels,
                      .c_pitch = c.conv->stride * source.channels,
                      .taps = pull.taps,
                      .a_step = target.channels,
                      .b_step = c.conv->stride * target.channels * c.pull_pitch});
}

namespace {

/// visit(index into the signals of a sample, slot) for the rows of steps begin … end-1.
template <class Visit>
void for_each_signal(const PopulationPlan& population, SignalRows rows, std::size_t steps, std::size_t begin,
                     std::size_t end, Visit&& visit) {
  if (rows == SignalRows::none) return;
  const bool one_row = rows == SignalRows::single;
  for (std::size_t t = one_row ? 0 : begin; t < (one_row ? 1 : end); ++t)
    for (std::size_t slot = 0; slot < population.padded; ++slot)
      visit(population.at(t, slot, one_row ? 1 : steps), slot);
}

}  // namespace

/// The population's own signals make room for those that its connections bring, which a unit's factor m
/// scales.
void Tile::set_aside_signals(std::size_t p, std::size_t s, std::size_t begin, std::size_t end) {
  PopulationSpace& space = space_.populations[p];
  float* signal = space.signal_of(s);
  float* aside = space.aside.size() ? space.aside.data() + s * space.stride : nullptr;
  for_each_signal(plan_.populations[p], space.signal_rows, plan_.steps, begin, end,
                  [&](std::size_t at, std::size_t) {
                    if (aside) aside[at] = signal[at];
                    signal[at] = 0.0f;
                  });
}

/// And come back.
void Tile::join_signals(std::size_t p, std::size_t s, std::size_t begin, std::size_t end) {
  PopulationSpace& space = space_.populations[p];
  const std::size_t padded = plan_.populations[p].padded;
  float* signal = space.signal_of(s);
  const float* aside = space.aside.size() ? space.aside.data() + s * space.stride : nullptr;
  const float* steady = space.steady.size() ? space.steady.data() + s * padded : nullptr;
  const float* sent = space.sent.data() + s * padded;
  for_each_signal(plan_.populations[p], space.signal_rows, plan_.steps, begin, end,
                  [&](std::size_t at, std::size_t slot) {
                    const float own = aside ? aside[at] : steady ? steady[slot] : 0.0f;
                    signal[at] = sent[slot] * signal[at] + own;
                  });
}

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
        .score = plan_.signal.score && population.drawn,
        .adj_u = space.adj_u.data() + s * population.padded + first,
        .adj_current = space.adj_current.data() + s * population.padded + first,
        .width = width};
    if (!population.layer.general) continue;
    BackwardArgs& args = space.backward[s * population.panels() + k];
    const std::size_t rows = s * space.stride + base;
    args.rates = run.rates + population.rates + first;
    args.rates_pitch = population.padded;
    args.current_rows = space.current_rows.size() ? space.current_rows.data() + rows : nullptr;
    args.adaptation_rows = space.adaptation_rows.size() ? space.adaptation_rows.data() + rows : nullptr;
    args.adj_adaptation = space.adj_adaptation.data() + s * population.padded + first;
    if (population.time_constants > 0)
      args.adj_decays = space.adj_decays.data() + s * most_time_constants * population.padded + first;
  }
  if (population.layer.general)
    std::fill_n(space.adj_adaptation.data() + s * population.padded, population.padded, 0.0f);
  if (population.time_constants > 0)
    std::fill_n(space.adj_decays.data() + s * most_time_constants * population.padded,
                most_time_constants * population.padded, 0.0f);
  std::fill_n(space.adj_u.data() + s * population.padded, population.padded, 0.0f);
  std::fill_n(space.adj_current.data() + s * population.padded, population.padded, 0.0f);
}

void Tile::backward_panels(std::size_t p, std::size_t s, std::size_t begin, std::size_t end) {
  const std::size_t panels = plan_.populations[p].panels();
  for (std::size_t k = 0; k < panels; ++k) {
    BackwardArgs& args = space_.populations[p].backward[s * panels + k];
    args.begin = begin;
    args.end = end;
    kernels_.backward(args);
  }
}

/// ℓ_k f'(x_k) at the spikes that the caller gives credit for.
void Tile::take_credits(std::size_t s, const BatchSample& sample) {
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
    const double slope = std::visit([x](const auto& f) { return f.derivative(x); },
                                    plan_.network.populations()[credit.slot.population].escape);
    space.direct[s * space.stride + at] += static_cast<float>(credit.difference * slope);
  }
}

void Tile::backward_whole(const Run& run, std::size_t p, std::size_t s) {
  const PopulationPlan& population = plan_.populations[p];
  PopulationSpace& space = space_.populations[p];
  // The first pull may write in place of adding to zeros: a fifth of its traffic with memory.
  bool fresh = space.signal_rows == SignalRows::shared && !population.steady && !drops_out(p) &&
               !plan_.connections[population.pulls[0]].conv;
  if (!fresh) space.begin_signals(population, s);
  if (drops_out(p)) set_aside_signals(p, s, 0, plan_.steps);
  for (const std::size_t i : population.pulls) {
    const ConnectionPlan& c = plan_.connections[i];
    const std::size_t steps = plan_.steps - plan_.populations[c.to].lag;
    if (c.by_event)
      pull_events(run, c, s, std::exchange(fresh, false));
    else if (!c.conv)
      pull_dense(run, c, s, 0, steps, false, std::exchange(fresh, false));
    else
      for (std::size_t t = 0; t < steps; ++t) pull_conv(run, i, s, t);
  }
  if (drops_out(p)) join_signals(p, s, 0, plan_.steps);
  lay_out_backward(run, p, s);
  backward_panels(p, s, 0, plan_.steps);
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
      for (const std::size_t i : population.pulls) {
        const ConnectionPlan& c = plan_.connections[i];
        if (t + plan_.populations[c.to].lag >= plan_.steps) continue;  // nothing follows the last step
        if (!c.conv)
          pull_dense(run, c, 0, t, samples, true, false);
        else
          for (std::size_t s = 0; s < samples; ++s) pull_conv(run, i, s, t);
      }
      for (std::size_t s = 0; s < samples && drops_out(*p); ++s) join_signals(*p, s, t, t + 1);
      for (std::size_t s = 0; s < samples; ++s) backward_panels(*p, s, t, t + 1);
    }
}

void Tile::backward(const Run& run, std::size_t samples) {
  for (auto stage = plan_.stages.rbegin(); stage != plan_.stages.rend(); ++stage) {
    if (stage->stepwise) {
      backward_steps(run, *stage, samples);
      continue;
    }
    const std::size_t p = stage->populations[0];
    if (!plan_.populations[p].learns) continue;
    for (std::size_t s = 0; s < samples; ++s) backward_whole(run, p, s);
  }
}

/// Counting sort of what population p sent in the steps that move its targets. False where that is not lists
/// of single spikes, or where there are more of them than units and steps.
bool Tile::sort_by_unit(std::size_t p, std::size_t samples) {
  PopulationSpace& space = space_.populations[p];
  const std::size_t size = plan_.populations[p].size, steps = plan_.populations[p].sorted_steps;
  std::uint32_t* next = space.sorted_first.data();
  std::fill_n(next, size + 2, 0u);
  for (std::size_t s = 0; s < samples; ++s) {
    const Activity& sent = space_.activity[s][p];
    const std::size_t begin = sent.begin[0], end = sent.begin[steps];
    if (sent.values || end - begin > space.list_stride) return false;
    for (std::size_t k = begin; k < end; ++k) ++next[sent.units[k] + 2];
  }
  for (std::size_t unit = 2; unit < size + 2; ++unit) next[unit] += next[unit - 1];
  SpikeTime* at = space.sorted_at.data();
  ++next;  // next[unit] is where the unit's next spike goes; in the end, where the following unit's begin
  for (std::size_t s = 0; s < samples; ++s) {
    const Activity& sent = space_.activity[s][p];
    for (std::size_t t = 0; t < steps; ++t) {
      const SpikeTime here(t, s);
      for (std::size_t k = sent.begin[t], end = sent.begin[t + 1]; k < end; ++k)
        at[next[sent.units[k]]++] = here;
    }
  }
  return true;
}

/// dW and db from the D̄ of all steps. For each parameter the contributions come sample by sample, step by
/// step.
void Tile::add_weight_gradients(std::size_t samples) {
  float* gradient = space_.gradient.data();
  for (std::size_t p = 0; p < plan_.populations.size(); ++p)
    if (plan_.populations[p].sorted_steps > 0) sorted_[p] = sort_by_unit(p, samples);
  for (const ConnectionPlan& c : plan_.connections) {
    const PopulationPlan& target = plan_.populations[c.to];
    PopulationSpace& to = space_.populations[c.to];
    if (!target.learns) continue;
    const std::size_t steps = plan_.steps - target.lag;
    if (c.conv) {
      for (std::size_t s = 0; s < samples; ++s) {
        ConvArgs conv = conv_args(c, s, 0, steps);
        conv.gradient = gradient + c.weights;
        conv.delta = to.excess_of(s) + target.lag * target.padded;
        kernels_.conv_scatter(conv);
      }
      continue;
    }
    const std::size_t units = plan_.populations[c.from].size;
    for (std::size_t k = 0; k < target.panels(); ++k) {
      const std::size_t width = target.width(k), first = target.at(target.lag, k * target.panel, plan_.steps);
      float* rows = gradient + c.weights + units * k * target.panel;
      if (c.by_unit && sorted_[c.from]) {
        kernels_.unit_scatter({.first = space_.populations[c.from].sorted_first.data(),
                               .at = space_.populations[c.from].sorted_at.data(),
                               .units = units,
                               .rows = rows,
                               .rows_pitch = width,
                               .delta = to.excess_of(0) + first,
                               .delta_pitch = width,
                               .sample_pitch = to.stride,
                               .width = width});
        continue;
      }
      for (std::size_t s = 0; s < samples; ++s)
        kernels_.scatter({.activity = space_.activity[s][c.from],
                          .rows = rows,
                          .rows_pitch = width,
                          .delta = to.excess_of(s) + first,
                          .delta_pitch = width,
                          .steps = steps,
                          .width = width});
    }
  }
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
    const PopulationPlan& population = plan_.populations[p];
    if (!population.bias_offset || !population.learns) continue;
    for (std::size_t s = 0; s < samples; ++s)
      for (std::size_t k = 0; k < population.panels(); ++k)
        kernels_.column_sum({.sum = gradient + *population.bias_offset + k * population.panel,
                             .delta = space_.populations[p].excess_of(s) +
                                      population.at(population.lag, k * population.panel, plan_.steps),
                             .delta_pitch = population.width(k),
                             .steps = plan_.steps - population.lag,
                             .width = population.width(k)});
  }
}

/// ∂L/∂ log τ = Σ ∂L/∂λ dλ/d log τ over the units that share τ, sample by sample.
void Tile::add_time_constant_gradients(const Run& run, std::size_t samples) {
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
    const PopulationPlan& population = plan_.populations[p];
    if (population.time_constants == 0 || !population.learns) continue;
    for (std::size_t s = 0; s < samples; ++s)
      for (std::size_t k = 0; k < population.time_constants; ++k) {
        const float* adj =
            space_.populations[p].adj_decays.data() + (s * most_time_constants + k) * population.padded;
        const float* slope = run.rates + population.rates + (slope_rows + k) * population.padded;
        float* gradient = space_.gradient.data() + population.time_offset + k * population.time_stride;
        double sum = 0.0;
        for (std::size_t slot = 0; slot < population.size; ++slot) {
          if (population.time_shared)
            sum += double{adj[slot]} * double{slope[slot]};
          else
            gradient[slot] += adj[slot] * slope[slot];
        }
        gradient[0] += static_cast<float>(sum);
      }
  }
}

}  // namespace spikegrad::fused
