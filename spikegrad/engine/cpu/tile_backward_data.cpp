// SPDX-License-Identifier: Apache-2.0
// How signals come back through a population's outgoing connections, S̄ += D̄ W, and past its dropout.
#include <algorithm>

#include "spikegrad/engine/cpu/tile.hpp"

namespace spikegrad::cpu {

/// Where a connection brings the signals of sample s: to its source, or first to a place of its own, from which
/// they go back by the delays.
Tile::SignalPlace Tile::signal_place(std::size_t connection, std::size_t s) {
  const ConnectionPlan& c = plan_.connections[connection];
  if (c.delay_kind == DelayKind::each) {
    DelaySpace& own = space_.delays[connection];
    return {own.signal_of(s), plan_.steps + 1, own.signal_pitch};
  }
  PopulationSpace& from = space_.populations[c.from];
  const std::size_t steps = from.signal_rows == SignalRows::single ? 1 : plan_.steps;
  return {from.signal_of(s), steps, steps * plan_.populations[c.from].padded};
}

/// S̄[t …] += D̄[t …] W: `rows` steps of sample s, or step t of `rows` samples from s on. `fresh`: S̄ holds
/// nothing yet, and gets all its rows.
void Tile::backward_data_dense(const Run& run, std::size_t connection, std::size_t s, std::size_t t,
                               std::size_t rows, bool over_samples, bool fresh) {
  const ConnectionPlan& c = plan_.connections[connection];
  const PopulationPlan &source = plan_.populations[c.from], &target = plan_.populations[c.to];
  PopulationSpace& to = space_.populations[c.to];
  const SignalPlace signal = signal_place(connection, s);
  const std::size_t signal_row = signal.steps == 1 ? 0 : t;
  for (std::size_t kq = 0; kq < target.panels(); ++kq) {
    const std::size_t post = kq * target.panel, inner = std::min(target.width(kq), target.size - post);
    if (post >= target.size) break;
    for (std::size_t kp = 0; kp < source.panels(); ++kp) {
      const std::size_t pre = kp * source.panel;
      kernels_.product({.fresh = fresh && kq == 0,
                        .a = to.drive_adjoint_of(s, plan_.lowering.signal.signal_effect) +
                             target.at(t + target.lag + c.delay, post, plan_.steps),
                        .a_pitch = over_samples ? to.stride : target.width(kq),
                        .rows = rows,
                        .inner = inner,
                        .b = run.transposed + *c.transposed + post * c.transposed_pitch + pre,
                        .b_pitch = c.transposed_pitch,
                        .columns = source.width(kp),
                        .c = signal.rows + source.at(signal_row, pre, signal.steps),
                        .c_pitch = over_samples ? signal.sample_pitch : source.width(kp)});
      if (fresh && kq == 0 && !over_samples)  // steps that nothing follows
        std::fill_n(signal.rows + source.at(rows, pre, signal.steps),
                    (signal.steps - rows) * source.width(kp), 0.0f);
    }
  }
}

/// The same for all steps of sample s from a readout with few signals.
void Tile::backward_data_events(const Run& run, std::size_t connection, std::size_t s, bool fresh) {
  const ConnectionPlan& c = plan_.connections[connection];
  const SignalPlace signal = signal_place(connection, s);
  const PopulationPlan &source = plan_.populations[c.from], &target = plan_.populations[c.to];
  for (std::size_t k = 0; k < source.panels(); ++k)
    kernels_.event_product({.events = space_.populations[c.to].events.data() + s * target.size,
                            .count = space_.populations[c.to].event_counts[s],
                            .layer = &target.layer,
                            .b = run.transposed + *c.transposed + k * source.panel,
                            .b_pitch = c.transposed_pitch,
                            .signal = signal.rows + source.at(0, k * source.panel, signal.steps),
                            .pitch = source.width(k),
                            .width = source.width(k),
                            .fresh = fresh ? plan_.steps : 0});
}

/// The same through a convolution, one step of one sample: each row of the source hears from rows of the target by a
/// row of taps each, and each group of channels from its own.
void Tile::backward_data_conv(const Run& run, std::size_t connection, std::size_t s, std::size_t t) {
  const ConnectionPlan& c = plan_.connections[connection];
  const PopulationPlan &source = plan_.populations[c.from], &target = plan_.populations[c.to];
  const std::size_t columns = target.positions / target.row_count,
                    row_pitch = (c.columns_before + columns + c.columns_after) * target.channels,
                    tap_pitch = target.channels * c.transposed_pitch,
                    source_row = source.positions / source.row_count * source.channels,
                    in = source.channels / c.conv->groups, out = target.channels / c.conv->groups;
  float* delta = space_.padded_delta[connection].data();
  const float* rows = space_.populations[c.to].drive_adjoint_of(s, plan_.lowering.signal.signal_effect) +
                      (t + target.lag + c.delay) * target.padded;
  for (std::size_t row = 0; row < target.row_count; ++row)
    std::copy_n(rows + row * columns * target.channels, columns * target.channels,
                delta + row * row_pitch + c.columns_before * target.channels);
  const SignalPlace place = signal_place(connection, s);
  float* signal = place.rows + (place.steps == 1 ? 0 : t * source.padded);
  for (const ConvRows& pair : c.conv_rows)
    for (const ConvBackwardData& part : c.conv_backward_data)
      for (std::size_t group = 0; group < c.conv->groups; ++group)
        kernels_.product({.a = delta + pair.target * row_pitch + part.at * target.channels + group * out,
                          .a_pitch = target.channels,
                          .rows = part.rows,
                          .inner = out,
                          .b = run.transposed + *c.transposed +
                               (pair.tap * c.conv->columns.kernel + part.tap) * tap_pitch +
                               group * out * c.transposed_pitch,
                          .b_pitch = c.transposed_pitch,
                          .columns = c.transposed_pitch,
                          .c = signal + pair.source * source_row + part.first * source.channels + group * in,
                          .c_pitch = c.conv->columns.stride * source.channels,
                          .taps = part.taps,
                          .a_step = target.channels,
                          .b_step = c.conv->columns.stride * tap_pitch});
}

namespace {

/// visit(index into the signals of a sample, step, slot) for the rows of steps begin … end-1; one row is that of `begin`.
template <class Visit>
void for_each_signal(const PopulationPlan& population, SignalRows rows, std::size_t steps, std::size_t begin,
                     std::size_t end, Visit&& visit) {
  if (rows == SignalRows::none) return;
  const bool one_row = rows == SignalRows::single;
  for (std::size_t t = begin; t < (one_row ? begin + 1 : end); ++t)
    for (std::size_t slot = 0; slot < population.padded; ++slot)
      visit(population.at(one_row ? 0 : t, slot, one_row ? 1 : steps), t, slot);
}

}  // namespace

/// The population's own signals make room for those that its connections bring, which a unit's factor m
/// scales.
void Tile::set_aside_signals(std::size_t p, std::size_t s, std::size_t begin, std::size_t end) {
  PopulationSpace& space = space_.populations[p];
  float* signal = space.signal_of(s);
  float* aside = space.aside.size() ? space.aside.data() + s * space.stride : nullptr;
  for_each_signal(plan_.populations[p], space.signal_rows, plan_.steps, begin, end,
                  [&](std::size_t at, std::size_t, std::size_t) {
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
  const PopulationPlan& population = plan_.populations[p];
  for_each_signal(plan_.populations[p], space.signal_rows, plan_.steps, begin, end,
                  [&](std::size_t at, std::size_t t, std::size_t slot) {
                    const float own = aside ? aside[at] : steady ? steady[slot] : 0.0f;
                    signal[at] = space.dropout_scale_of(population, s, t)[slot] * signal[at] + own;
                  });
}

}  // namespace spikegrad::cpu
