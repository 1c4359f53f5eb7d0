// SPDX-License-Identifier: Apache-2.0
// The reference forward pass: plain loops, one trial, generic in the number type T (double; Dual for
// forward-mode derivatives; StochasticTriple). It is the oracle of every faster engine and stays readable
// before all else.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "spikegrad/core/number.hpp"
#include "spikegrad/engine/draws.hpp"
#include "spikegrad/engine/dropout.hpp"
#include "spikegrad/engine/learning_signal.hpp"
#include "spikegrad/network/delays.hpp"
#include "spikegrad/network/network.hpp"
#include "spikegrad/network/refractory.hpp"
#include "spikegrad/network/synapse_delays.hpp"
#include "spikegrad/network/tape.hpp"
#include "spikegrad/network/time_constants.hpp"

namespace spikegrad {

namespace detail {

/// Outputs that are not zero, per population, in the current step.
using ActiveUnits = std::vector<std::vector<std::size_t>>;

template <class T>
bool sends_nothing(const T& output) {
  if constexpr (std::is_same_v<T, double>) return output == 0.0;
  return false;  // a Dual or triple of value 0 may still carry a derivative
}

/// What units send on, m_u[t] S_u[t] (dropout.hpp).
template <class T>
struct Sent {
  const Grid<T>& output;
  std::span<const double> dropout_scale;

  T operator()(std::size_t t, std::size_t u) const {
    if (dropout_scale.empty()) return output[t][u];
    return T(output[t][u] * dropout_factor(dropout_scale, output.columns(), t, u));
  }
};

/// Ŝ_u[t] = (1-φ) S_u[t - n] + φ S_u[t - n - 1] (network/delays.hpp), of what is sent on.
template <class T>
T delayed_output(const Sent<T>& sent, std::size_t u, std::size_t t, const DelayTap<T>& tap) {
  if (tap.steps > t) return T(0.0);
  const T early = tap.early * sent(t - tap.steps, u);
  return tap.steps == t ? early : T(early + tap.late * sent(t - tap.steps - 1, u));
}

/// Σ_k c_k S_u[t - k] (network/synapse_delays.hpp).
template <class T>
T delayed_output(const Sent<T>& sent, std::size_t u, std::size_t t, const SynapseTaps<T>& taps) {
  T sum(0.0);
  for (std::size_t m = 0; m < taps.share.size() && taps.first + m <= t; ++m)
    sum = sum + taps.share[m] * sent(t - taps.first - m, u);
  return sum;
}

/// The taps of delays of both kinds.
template <class T>
struct Taps {
  DelayTaps<T> of_sources;
  AllSynapseTaps<T> of_synapses;

  Taps() = default;
  Taps(const Network& network, std::span<const T> parameters, TrainingShare done) {
    assign(network, parameters, done);
  }
  void assign(const Network& network, std::span<const T> parameters, TrainingShare done) {
    of_sources.assign(network, parameters);
    of_synapses.assign(network, parameters, done);
  }
};

/// drive_i = b_i + Σ_c Σ_j w_ij m_j[t] S_j[t], m = `dropout_scale` or 1, connections in the order of the file;
/// Ŝ_j or Ŝ_ij in place of S_j where there are delays.
template <class T>
void gather_drive(const Network& network, std::size_t population, std::span<const T> parameters,
                  const Grid<T>& output, std::size_t t, const ActiveUnits& active, const Taps<T>& taps,
                  std::span<const double> dropout_scale, std::span<T> drive) {
  const Sent<T> sent{output, dropout_scale};
  const PopulationLayout& layout = network.layout(population);
  if (layout.bias_block) {
    const ParameterBlock& block = network.blocks()[*layout.bias_block];
    const Population& target = network.populations()[population];
    for (std::size_t i = 0; i < target.size(); ++i)
      drive[i] = parameters[block.offset + target.bias_place(i)];
  } else {
    std::fill(drive.begin(), drive.end(), T(0.0));
  }
  for (const std::size_t c : layout.incoming) {
    const Connection& connection = network.connections()[c];
    const Shape &from = network.populations()[connection.from].shape,
                &to = network.populations()[population].shape;
    const auto weights = parameters.subspan(network.blocks()[c].offset);
    const std::size_t first = network.layout(connection.from).unit_offset;
    std::visit(
        [&](const auto& kind) {
          const auto send = [&](std::size_t j, const T& source) {
            kind.for_each_target(from, to, j, [&](std::size_t i, std::size_t k) {
              drive[i] = drive[i] + weights[k] * source;
            });
          };
          if (!network.delays(c).any()) {
            for (const std::size_t j : active[connection.from]) send(j, sent(t, first + j));
            return;
          }
          if (network.delays(c).by_synapse()) {
            for (std::size_t j = 0; j < from.size(); ++j)
              kind.for_each_target(from, to, j, [&](std::size_t i, std::size_t k) {
                drive[i] =
                    drive[i] + weights[k] * delayed_output(sent, first + j, t, taps.of_synapses.of(c, k));
              });
            return;
          }
          for (std::size_t j = 0; j < from.size(); ++j)
            if (const T source = delayed_output(sent, first + j, t, taps.of_sources.of(c, j));
                !sends_nothing(source))
              send(j, source);
        },
        connection.kind);
  }
}

}  // namespace detail

/// Runs one trial and fills `tape`. `sample(slot, p)` gives the spike of a stochastic unit as a T; `clamp`
/// (may be null) replaces the outputs of one population by its raster, and the rest of the trial follows
/// them. `dropout_scale` [unit_count] or [steps, unit_count]: factors of what units send on; empty: 1. `done`: as in Batch. parameters: parameter_count() numbers.
/// Costs O(steps · (units + active · fan-out)).
template <class T, class Sampler>
void forward(const Network& network, std::span<const T> parameters, const Input& input, ForwardMode mode,
             const Clamp* clamp, Sampler&& sample, Tape<T>& tape, std::size_t first_step = 0,
             std::span<const double> dropout_scale = {}, TrainingShare done = {}) {
  const std::size_t steps = network.steps(), populations = network.populations().size();
  tape.excess.resize(steps, network.unit_count());
  tape.output.resize(steps, network.unit_count());
  tape.state.resize(steps + 1, network.state_count());
  if (first_step == 0) std::fill(tape.state[0].begin(), tape.state[0].end(), T(0.0));

  detail::ActiveUnits active(populations);
  std::vector<T> drive(network.unit_count(), T(0.0));
  const Decays<T> learned(network, parameters);
  const detail::Taps<T> taps(network, parameters, done);

  for (std::size_t t = first_step; t < steps; ++t) {
    const auto state = tape.state[t], excess = tape.excess[t], output = tape.output[t];

    for (std::size_t p = 0; p < populations; ++p) {
      const Population& population = network.populations()[p];
      const PopulationLayout& layout = network.layout(p);
      const std::size_t size = population.size(), first = layout.unit_offset;
      std::visit(
          [&]<typename U>(const U& unit) {
            if constexpr (U::timing == DriveTiming::same_step)
              detail::gather_drive<T>(network, p, parameters, tape.output, t, active, taps, dropout_scale,
                                      state.subspan(layout.state_offset, size));
            if constexpr (U::output != UnitOutput::given) {
              const bool learns = layout.learns_filter();
              for (std::size_t i = 0; i < size; ++i) {
                const T* own = state.data() + layout.state_offset + i * unit.state_size;
                excess[first + i] = learns ? equations::excess(unit, own, learned.of(p, i))
                                           : equations::excess(unit, own, layout.decay.data());
              }
            }
          },
          population.unit);

      const auto gate_of = [&](std::size_t u) {
        return refractory_gate(tape.output, u, t, population.refractory_steps);
      };
      const auto step_of = [](const T& x) {
        return lift([](const auto& v) { return v > 0 ? 1.0 : 0.0; }, x);
      };
      for (std::size_t i = 0; i < size; ++i) {
        T& out = output[first + i];
        const T& x = excess[first + i];
        const auto probability = [&] {
          return std::visit(
              [&](const auto& f) {
                return lift([&](const auto& v) { return equations::probability(f, v); }, x);
              },
              population.escape);
        };
        switch (output_of(population.unit)) {
          case UnitOutput::given:
            out = T(input.values[p][t][i]);
            break;
          case UnitOutput::potential:
            out = x;
            break;
          case UnitOutput::spike:
            if (clamp && clamp->population == p)
              out = T((*clamp->raster)[t][i]);
            else if (population.output == OutputKind::deterministic)
              out = population.refractory_steps > 0 ? T(gate_of(first + i) * step_of(x)) : step_of(x);
            else if (population.output == OutputKind::analog || mode == ForwardMode::mean_field)
              out = probability();
            else if (const T gate = gate_of(first + i); detail::sends_nothing(gate))
              out = gate;  // and nothing is drawn
            else
              out = sample(Slot{static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(i),
                                static_cast<std::uint32_t>(t)},
                           population.refractory_steps > 0 ? T(gate * probability()) : probability());
            break;
        }
      }
      active[p].clear();
      for (std::size_t i = 0; i < size; ++i)
        if (!detail::sends_nothing(output[first + i])) active[p].push_back(i);
    }

    std::copy(state.begin(), state.end(), tape.state[t + 1].begin());
    for (std::size_t p = 0; p < populations; ++p) {
      const Population& population = network.populations()[p];
      const PopulationLayout& layout = network.layout(p);
      std::visit(
          [&]<typename U>(const U& unit) {
            if constexpr (U::timing == DriveTiming::next_step) {
              const auto unit_drive = std::span<T>(drive).subspan(layout.unit_offset, population.size());
              detail::gather_drive<T>(network, p, parameters, tape.output, t, active, taps, dropout_scale,
                                      unit_drive);
              T* next = tape.state[t + 1].data() + layout.state_offset;
              const bool learns = layout.learns_filter();
              for (std::size_t i = 0; i < population.size(); ++i) {
                const T& spike = output[layout.unit_offset + i];
                const auto step = [&](const auto* decay) {
                  equations::advance(unit, next + i * unit.state_size, decay, unit_drive[i], spike,
                                     population.differentiate_reset ? spike : T(detach(spike)));
                };
                if (learns)
                  step(learned.of(p, i));
                else
                  step(layout.decay.data());
              }
            }
          },
          population.unit);
    }
  }
}

}  // namespace spikegrad
