// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/spike_flip.hpp"

#include <algorithm>
#include <array>

#include "spikegrad/engine/dropout.hpp"

namespace spikegrad {

SpikeFlip::SpikeFlip(const Problem& problem, const Tape<double>& tape)
    : problem_(problem),
      tape_(tape),
      learned_(problem.network, problem.parameters),
      taps_(problem.network, problem.parameters),
      synapse_taps_(problem.network, problem.parameters, problem.done),
      moved_(problem.network.steps(), problem.network.unit_count()),
      drive_(problem.network.steps(), problem.network.unit_count()) {}

/// Change of the drives by `change` of what the slot's unit sends.
void SpikeFlip::drive(const Slot& slot, double change) {
  const Network& network = problem_.network;
  const std::size_t j = slot.unit, u = network.layout(slot.population).unit_offset + j;
  const double sent = change * dropout_factor(problem_.dropout_scale, network.unit_count(), slot.step, u);
  for (std::size_t c = 0; c < network.connections().size(); ++c) {
    const Connection& connection = network.connections()[c];
    if (connection.from != slot.population) continue;
    reached_.push_back(connection.to);
    const Shape &from = network.populations()[connection.from].shape,
                &to = network.populations()[connection.to].shape;
    const auto weights = problem_.parameters.subspan(network.blocks()[c].offset);
    if (network.delays(c).by_synapse()) {
      std::visit(
          [&](const auto& kind) {
            kind.for_each_target(from, to, j, [&](std::size_t i, std::size_t k) {
              const SynapseTaps<double> tap = synapse_taps_.of(c, k);
              for (std::size_t m = 0; m < tap.share.size(); ++m)
                if (const std::size_t t = slot.step + tap.first + m; t < network.steps())
                  drive_[t][network.layout(connection.to).unit_offset + i] +=
                      tap.share[m] * weights[k] * sent;
            });
          },
          connection.kind);
      continue;
    }
    const DelayTap<double> tap = network.delays(c).any() ? taps_.of(c, j) : DelayTap<double>{};
    const std::size_t first = network.layout(connection.to).unit_offset, t = slot.step + tap.steps;
    std::visit(
        [&](const auto& kind) {
          kind.for_each_target(from, to, j, [&](std::size_t i, std::size_t k) {
            if (t < network.steps()) drive_[t][first + i] += tap.early * weights[k] * sent;
            if (t + 1 < network.steps()) drive_[t + 1][first + i] += tap.late * weights[k] * sent;
          });
        },
        connection.kind);
  }
}

/// Carries the changes of one population's states forward, from that of its drives and, for the unit that was flipped,
/// of its own spike.
void SpikeFlip::follow(const Slot& slot, std::size_t p) {
  const Network& network = problem_.network;
  const Population& population = network.populations()[p];
  const PopulationLayout& layout = network.layout(p);
  const std::size_t steps = network.steps();
  std::visit(
      [&]<typename U>(const U& unit) {
        if constexpr (U::timing != DriveTiming::none) {
          const std::array<double, U::state_size> zero{};
          for (std::size_t i = 0; i < population.size(); ++i) {
            const std::size_t u = layout.unit_offset + i;
            const double* decay = layout.learns_filter() ? learned_.of(p, i) : layout.decay.data();
            std::array<double, U::state_size> change{};
            for (std::size_t t = slot.step; t < steps; ++t) {
              if constexpr (U::timing == DriveTiming::same_step) change[0] = drive_[t][u];
              moved_[t][u] =
                  equations::excess(unit, change.data(), decay) - equations::excess(unit, zero.data(), decay);
              if constexpr (U::timing == DriveTiming::next_step) {
                const double spike = tape_.output[t][u];
                const bool own = t == slot.step && p == slot.population && i == slot.unit;
                // Affine in the state: the change is that of two states with the same spike; and of two spikes.
                std::array<double, U::state_size> before{}, after{};
                if (own)
                  std::copy_n(&tape_.state[t][layout.state_offset + i * U::state_size], U::state_size,
                              before.data());
                after = before;
                for (std::size_t k = 0; k < U::state_size; ++k) after[k] += change[k];
                const double other = own ? 1.0 - spike : spike;
                equations::advance(unit, before.data(), decay, 0.0, spike, spike);
                equations::advance(unit, after.data(), decay, drive_[t][u], other, other);
                for (std::size_t k = 0; k < U::state_size; ++k) change[k] = after[k] - before[k];
              }
            }
          }
        }
      },
      population.unit);
}

void SpikeFlip::flip(const Slot& slot) {
  reached_.assign(1, slot.population);
  drive_.fill(0.0);
  moved_.fill(0.0);
  const std::size_t u = problem_.network.layout(slot.population).unit_offset + slot.unit;
  drive(slot, 1.0 - 2.0 * tape_.output[slot.step][u]);
  std::sort(reached_.begin(), reached_.end());
  reached_.erase(std::unique(reached_.begin(), reached_.end()), reached_.end());
  for (const std::size_t p : reached_) follow(slot, p);
}

}  // namespace spikegrad
