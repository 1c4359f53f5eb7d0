// SPDX-License-Identifier: Apache-2.0
// Cross-entropies of units that spike, one for each class, against a label c: L = -log softmax(m)_c with
//
//   spike count:   m_i = s Σ_t S_i[t]
//   first spike:   m_i = -s T_i,   T_i = Σ_t Π_{t' ≤ t} (1 - S_i[t'])
//
// T_i is the number of steps before the first spike, all of them where there is none. The product makes it a function of
// values between 0 and 1 too (analog units, enumeration, dual numbers), with the derivative
//
//   ∂T_i/∂S_i[t] = -Σ_{r ≥ t} Π_{t' ≤ r, t' ≠ t} (1 - S_i[t']):
//
// what a spike at t would bring forward, down to the steps until the next one. A spike that has another before it counts
// for nothing. s ("scale") says how many more spikes, or steps, make a class e times as likely.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "spikegrad/core/field.hpp"
#include "spikegrad/loss/cross_entropy.hpp"
#include "spikegrad/network/tape.hpp"

namespace spikegrad {

struct CountCrossEntropyLoss {
  static constexpr std::string_view kind = "cross-entropy-count";
  static constexpr std::string_view summary = "cross-entropy of the spike counts of units that spike";
  static constexpr bool of_spikes = true;

  std::size_t population = 0;
  std::size_t label = 0;
  double scale = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("scale", self.scale, Range::positive, "logit of a spike");
  }

  template <class T>
  std::vector<T> logits(const Network& network, const Tape<T>& tape) const {
    std::vector<T> logits(network.populations()[population].size(), T(0.0));
    for (std::size_t t = 0; t < network.steps(); ++t)
      for (std::size_t i = 0; i < logits.size(); ++i)
        logits[i] = logits[i] + scale * tape.outputs_of(network, population, t)[i];
    return logits;
  }
  template <class T>
  T value(const Network& network, const Tape<T>& tape) const {
    return detail::cross_entropy(logits(network, tape), label);
  }
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    const std::size_t first = network.layout(population).unit_offset;
    const auto adj = detail::cross_entropy_gradient(logits(network, tape), label);
    for (std::size_t t = 0; t < network.steps(); ++t)
      for (std::size_t i = 0; i < adj.size(); ++i) signals.output[t][first + i] += scale * adj[i];
  }
};

struct FirstSpikeCrossEntropyLoss {
  static constexpr std::string_view kind = "cross-entropy-first-spike";
  static constexpr std::string_view summary =
      "cross-entropy of the times of the first spikes: the earliest answers";
  static constexpr bool of_spikes = true;

  std::size_t population = 0;
  std::size_t label = 0;
  double scale = 0.1;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("scale", self.scale, Range::positive, "logit of a step sooner");
  }

  template <class T>
  std::vector<T> logits(const Network& network, const Tape<T>& tape) const {
    const std::size_t size = network.populations()[population].size();
    std::vector<T> logits(size, T(0.0)), silent(size, T(1.0));
    for (std::size_t t = 0; t < network.steps(); ++t)
      for (std::size_t i = 0; i < size; ++i) {
        silent[i] = silent[i] * (1.0 - tape.outputs_of(network, population, t)[i]);
        logits[i] = logits[i] - scale * silent[i];
      }
    return logits;
  }
  template <class T>
  T value(const Network& network, const Tape<T>& tape) const {
    return detail::cross_entropy(logits(network, tape), label);
  }
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    const std::size_t first = network.layout(population).unit_offset, steps = network.steps();
    const auto adj = detail::cross_entropy_gradient(logits(network, tape), label);
    for (std::size_t i = 0; i < adj.size(); ++i) {
      std::vector<double> before(steps + 1, 1.0);  // Π_{t' < t} (1 - S)
      for (std::size_t t = 0; t < steps; ++t) before[t + 1] = before[t] * (1.0 - tape.output[t][first + i]);
      double after = 0.0;  // Σ_{r > t} Π_{t < t' ≤ r} (1 - S)
      for (std::size_t t = steps; t-- > 0;) {
        signals.output[t][first + i] += scale * adj[i] * before[t] * (1.0 + after);
        after = (1.0 - tape.output[t][first + i]) * (1.0 + after);
      }
    }
  }
};

}  // namespace spikegrad
