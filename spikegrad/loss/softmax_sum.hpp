// SPDX-License-Identifier: Apache-2.0
// Cross-entropy of a readout with one unit for each class that votes in every step: with the first k steps left out,
//
//   m_i = Σ_{t ≥ k} p_i[t],   p[t] = softmax(u[t]);   L = -log softmax(m)_c
//   ∂L/∂u_i[t] = p_i[t] (m̄_i - Σ_j m̄_j p_j[t]),   m̄ = ∂L/∂m = softmax(m) - 1[i = c]
//
// A step has one vote, however far apart its potentials are. Bittar & Garner, Frontiers in Neuroscience 16 (2022);
// Baronig et al., Nature Communications 16 (2025), leave out the first 10 steps.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "spikegrad/core/field.hpp"
#include "spikegrad/loss/cross_entropy.hpp"
#include "spikegrad/network/tape.hpp"

namespace spikegrad {

struct SoftmaxSumLoss {
  static constexpr std::string_view kind = "cross-entropy-softmax-sum";
  static constexpr std::string_view summary =
      "cross-entropy of the sum over time of the softmax of the readout";

  std::size_t population = 0;
  std::size_t label = 0;
  std::size_t ignore_steps = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("ignore_steps", self.ignore_steps, Range::non_negative, "first steps that do not count");
  }

  /// p[t].
  template <class T>
  std::vector<T> votes(const Network& network, const Tape<T>& tape, std::size_t t) const {
    return detail::softmax<T>(tape.outputs_of(network, population, t));
  }
  template <class T>
  std::vector<T> logits(const Network& network, const Tape<T>& tape) const {
    std::vector<T> sum(network.populations()[population].size(), T(0.0));
    for (std::size_t t = ignore_steps; t < network.steps(); ++t) {
      const std::vector<T> p = votes(network, tape, t);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = sum[i] + p[i];
    }
    return sum;
  }
  template <class T>
  T value(const Network& network, const Tape<T>& tape) const {
    return detail::cross_entropy(logits(network, tape), label);
  }
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    const std::size_t first = network.layout(population).unit_offset;
    const std::vector<double> adj = detail::cross_entropy_gradient(logits(network, tape), label);
    for (std::size_t t = ignore_steps; t < network.steps(); ++t) {
      const std::vector<double> p = votes(network, tape, t);
      double mean = 0.0;
      for (std::size_t i = 0; i < adj.size(); ++i) mean += adj[i] * p[i];
      for (std::size_t i = 0; i < adj.size(); ++i) signals.output[t][first + i] += p[i] * (adj[i] - mean);
    }
  }
};

}  // namespace spikegrad
