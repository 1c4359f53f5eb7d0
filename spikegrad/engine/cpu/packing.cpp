// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/packing.hpp"

#include <algorithm>
#include <optional>

#include "spikegrad/network/delays.hpp"
#include "spikegrad/network/time_constants.hpp"

namespace spikegrad::cpu {
namespace {

constexpr std::size_t block = 16;  ///< transposed at a time, so that both sides stay in whole cache lines

/// visit(packed index, parameter index) for every weight of a dense connection.
template <class Visit>
void for_each_dense(const Plan& plan, const ConnectionPlan& c, Visit&& visit) {
  const PopulationPlan &from = plan.populations[c.from], &to = plan.populations[c.to];
  const std::size_t offset = plan.network.blocks()[c.block].offset;
  for (std::size_t k = 0; k < to.panels(); ++k) {
    const std::size_t base = c.weights + from.size * k * to.panel, width = to.width(k);
    const std::size_t first = k * to.panel, last = std::min(to.size, first + width);
    for (std::size_t i0 = first; i0 < last; i0 += block)
      for (std::size_t j0 = 0; j0 < from.size; j0 += block)
        for (std::size_t i = i0; i < std::min(last, i0 + block); ++i)
          for (std::size_t j = j0; j < std::min(from.size, j0 + block); ++j)
            visit(base + j * width + i - first, offset + to.unit(i) * from.size + from.unit(j));
  }
}

/// visit(in, out, row of the tap, column, parameter index) for every weight of a convolution.
template <class Visit>
void for_each_tap(const Plan& plan, const ConnectionPlan& c, Visit&& visit) {
  const std::size_t out = plan.populations[c.to].channels, groups = c.conv->groups,
                    in = plan.populations[c.from].channels / groups;
  std::size_t parameter = plan.network.blocks()[c.block].offset;
  for (std::size_t o = 0; o < out; ++o)
    for (std::size_t i = 0; i < in; ++i)
      for (std::size_t row = 0; row < c.conv->rows.kernel; ++row)
        for (std::size_t column = 0; column < c.conv->columns.kernel; ++column)
          visit(o / (out / groups) * in + i, o, row, column, parameter++);
}

/// visit(packed index, parameter index) for every weight.
template <class Visit>
void for_each_weight(const Plan& plan, const ConnectionPlan& c, Visit&& visit) {
  if (!c.conv) return for_each_dense(plan, c, visit);
  const std::size_t out = plan.populations[c.to].channels / c.conv->groups;
  for_each_tap(plan, c,
               [&](std::size_t i, std::size_t o, std::size_t row, std::size_t column, std::size_t parameter) {
                 const std::size_t tap = (i * c.conv->rows.kernel + row) * c.taps + c.first_tap + column;
                 visit(c.weights + tap * c.out_padded + o % out, parameter);
               });
}

/// visit(packed index, parameter index) for every parameter with a place of its own; the bias of a channel has a
/// packed one for each slot.
template <class Visit>
void for_each_parameter(const Plan& plan, Visit&& visit) {
  for (const ConnectionPlan& c : plan.connections)
    if (!c.of_synapses) for_each_weight(plan, c, visit);
  for (const PopulationPlan& p : plan.populations)
    if (p.bias_block)
      for (std::size_t slot = 0; slot < p.size; ++slot)
        visit(*p.bias_offset + slot, plan.network.blocks()[*p.bias_block].offset + p.bias_place(slot));
  for (const PopulationPlan& p : plan.populations)
    for (const LearnedNumber& learned : p.learned) {
      const std::size_t parameter = plan.network.blocks()[learned.block].offset;
      for (std::size_t slot = 0; slot < (learned.shared ? 1 : p.size); ++slot)
        visit(learned.offset + slot, parameter + (learned.shared ? 0 : p.unit(slot)));
    }
  for (const ConnectionPlan& c : plan.connections)
    if (c.delay_block)
      for (std::size_t slot = 0; slot < plan.populations[c.from].size; ++slot)
        visit(*c.delay_offset + slot,
              plan.network.blocks()[*c.delay_block].offset + plan.populations[c.from].unit(slot));
}

/// c_k and its slope of one synapse.
struct Share {
  double share = 0.0, slope = 0.0;
};

/// Of the weight with this parameter index, in the part `c`.
Share share_of(const Plan& plan, const ConnectionPlan& c, const AllSynapseTaps<double>& taps,
               std::size_t parameter) {
  if (!c.of_synapses) return {1.0, 0.0};
  const SynapseTaps<double> of = taps.of(c.block, parameter - plan.network.blocks()[c.block].offset);
  if (c.delay < of.first || c.delay - of.first >= of.share.size()) return {};
  return {of.share[c.delay - of.first], of.slope[c.delay - of.first]};
}

}  // namespace

void pack(const Plan& plan, std::span<const double> parameters, float* packed) {
  for_each_parameter(
      plan, [&](std::size_t to, std::size_t from) { packed[to] = static_cast<float>(parameters[from]); });
}

void unpack(const Plan& plan, const float* packed, std::span<double> parameters) {
  std::fill(parameters.begin(), parameters.end(), 0.0);
  for_each_parameter(plan, [&](std::size_t from, std::size_t to) { parameters[to] += double{packed[from]}; });
}

void SynapseParameters::assign(const Plan& plan, std::span<const double> all, TrainingShare done) {
  if (std::none_of(plan.connections.begin(), plan.connections.end(),
                   [](const auto& c) { return c.of_synapses; }))
    return;
  taps.assign(plan.network, all, done);
  parameters.assign(all.begin(), all.end());
}

std::size_t synapse_bytes(const Plan& plan) {
  const std::size_t taps = synapse_tap_bytes(plan.network);
  return taps == 0 ? 0 : taps + plan.network.parameter_count() * sizeof(double);
}

void pack_synapses(const Plan& plan, const SynapseParameters& synapses, float* packed) {
  for (const ConnectionPlan& c : plan.connections)
    if (c.of_synapses)
      for_each_weight(plan, c, [&](std::size_t to, std::size_t from) {
        packed[to] =
            static_cast<float>(synapses.parameters[from] * share_of(plan, c, synapses.taps, from).share);
      });
}

void unpack_synapses(const Plan& plan, const SynapseParameters& synapses, const float* packed,
                     std::span<double> gradient) {
  for (const ConnectionPlan& c : plan.connections) {
    if (!c.of_synapses) continue;
    const std::optional<std::size_t> learned = plan.network.delays(c.block).block;
    const std::size_t first = plan.network.blocks()[c.block].offset;
    for_each_weight(plan, c, [&](std::size_t from, std::size_t to) {
      const Share part = share_of(plan, c, synapses.taps, to);
      gradient[to] += part.share * double{packed[from]};
      if (learned)
        gradient[plan.network.blocks()[*learned].offset + to - first] +=
            synapses.parameters[to] * part.slope * double{packed[from]};
    });
  }
}

void pack_decays(const Plan& plan, std::span<const double> parameters, float* decays) {
  const double dt = plan.network.time().dt;
  for (std::size_t p = 0; p < plan.populations.size(); ++p) {
    const PopulationPlan& population = plan.populations[p];
    if (population.layer.loop != LoopKind::general) continue;
    for (std::size_t slot = 0; slot < population.size; ++slot) {
      float* row = decays + population.decays + slot;
      const auto put = [&](std::size_t at, double value) {
        row[at * population.padded] = static_cast<float>(value);
      };
      auto decay = plan.network.layout(p).decay;
      for (const LearnedNumber& learned : population.learned) {
        const ParameterBlock& of = plan.network.blocks()[learned.block];
        const double parameter = parameters[filter_place(of, population.unit(slot))];
        decay[learned.number] = filter_number(of.kind, dt, parameter);
        put(slope_rows + learned.number, filter_slope(of.kind, dt, parameter));
      }
      for (std::size_t k = 0; k < most_filter_numbers; ++k) {
        put(value_rows + k, decay[k]);
        put(complement_rows + k, 1.0 - decay[k]);
      }
    }
  }
}

void pack_delays(const Plan& plan, std::span<const double> parameters, std::int32_t* steps, float* numbers) {
  const DelayTaps<double> taps(plan.network, parameters);
  for (const ConnectionPlan& c : plan.connections) {
    if (c.delay_kind != DelayKind::each) continue;
    const PopulationPlan& from = plan.populations[c.from];
    for (std::size_t slot = 0; slot < from.padded; ++slot) {
      const DelayTap<double> tap = slot < from.size ? taps.of(c.block, from.unit(slot)) : DelayTap<double>{};
      for (const std::size_t at : {c.delays + slot, c.signal_delays + from.signal_slot(slot)}) {
        steps[at] = static_cast<std::int32_t>(tap.steps);
        numbers[at] = tap.moves ? 1.0f : 0.0f;
        numbers[plan.delay_count + at] = static_cast<float>(tap.early);
        numbers[2 * plan.delay_count + at] = static_cast<float>(tap.late);
      }
    }
  }
}

void pack_transposed(const Plan& plan, std::span<const double> weights, const SynapseParameters& synapses,
                     float* transposed) {
  for (const ConnectionPlan& c : plan.connections) {
    if (!c.transposed) continue;
    const auto weight = [&](std::size_t parameter) {
      return static_cast<float>(weights[parameter] * share_of(plan, c, synapses.taps, parameter).share);
    };
    const PopulationPlan &from = plan.populations[c.from], &to = plan.populations[c.to];
    if (c.conv) {
      const std::size_t in = from.channels / c.conv->groups;
      for_each_tap(
          plan, c,
          [&](std::size_t i, std::size_t o, std::size_t row, std::size_t column, std::size_t parameter) {
            const std::size_t tap = row * c.conv->columns.kernel + column;
            transposed[*c.transposed + (tap * to.channels + o) * c.transposed_pitch + i % in] =
                weight(parameter);
          });
      continue;
    }
    const std::size_t offset = plan.network.blocks()[c.block].offset;
    for (std::size_t i = 0; i < to.size; ++i)
      for (std::size_t j = 0; j < from.size; ++j)
        transposed[*c.transposed + i * c.transposed_pitch + from.signal_slot(j)] =
            weight(offset + to.unit(i) * from.size + from.unit(j));
  }
}

}  // namespace spikegrad::cpu
