// SPDX-License-Identifier: Apache-2.0
// Cross-entropy of a readout's potentials u, one unit per class, against a label c:
//
//   L = -log softmax(m)_c,   max over time:   m_i = max_t u_i[t]
//                            mean over time:  m_i = (1/T) Σ_t u_i[t]
//
// The maximum's derivative goes to its first step. The softmax is shifted by its largest entry.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>
#include <vector>

#include "spikegrad/core/number.hpp"
#include "spikegrad/network/tape.hpp"

namespace spikegrad {

namespace detail {

/// log Σ exp(m_i) - m_c.
template <class T>
T cross_entropy(const std::vector<T>& logits, std::size_t label) {
  using std::exp, std::log;
  double largest = value_of(logits[0]);
  for (const T& m : logits) largest = std::max(largest, value_of(m));
  T sum(0.0);
  for (const T& m : logits) sum = sum + exp(m - largest);
  return log(sum) + largest - logits[label];
}

/// exp(m_i) / Σ_j exp(m_j).
template <class T>
std::vector<T> softmax(std::span<const T> logits) {
  using std::exp;
  double largest = value_of(logits[0]);
  for (const T& m : logits) largest = std::max(largest, value_of(m));
  std::vector<T> shares;
  shares.reserve(logits.size());
  T sum(0.0);
  for (const T& m : logits) sum = sum + shares.emplace_back(exp(m - largest));
  for (T& p : shares) p = p / sum;
  return shares;
}

/// ∂L/∂m = softmax(m) - 1[i = c].
inline std::vector<double> cross_entropy_gradient(const std::vector<double>& logits, std::size_t label) {
  std::vector<double> gradient = softmax(std::span(logits));
  gradient[label] -= 1.0;
  return gradient;
}

}  // namespace detail

struct MaxCrossEntropyLoss {
  static constexpr std::string_view kind = "cross-entropy-max";
  static constexpr std::string_view summary = "cross-entropy of the readout's maximum over time";

  std::size_t population = 0;
  std::size_t label = 0;

  template <class T>
  std::vector<T> logits(const Network& network, const Tape<T>& tape) const {
    using std::max;
    const auto first_row = tape.outputs_of(network, population, 0);
    std::vector<T> logits(first_row.begin(), first_row.end());
    for (std::size_t t = 1; t < network.steps(); ++t)
      for (std::size_t i = 0; i < logits.size(); ++i)
        logits[i] = max(logits[i], tape.outputs_of(network, population, t)[i]);
    return logits;
  }
  template <class T>
  T value(const Network& network, const Tape<T>& tape) const {
    return detail::cross_entropy(logits(network, tape), label);
  }
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    const std::size_t first = network.layout(population).unit_offset;
    const auto first_row = tape.outputs_of(network, population, 0);
    std::vector<double> logits(first_row.begin(), first_row.end());
    std::vector<std::size_t> at(logits.size(), 0);
    for (std::size_t t = 1; t < network.steps(); ++t)
      for (std::size_t i = 0; i < logits.size(); ++i)
        if (const double u = tape.output[t][first + i]; u > logits[i]) logits[i] = u, at[i] = t;
    const auto adj = detail::cross_entropy_gradient(logits, label);
    for (std::size_t i = 0; i < adj.size(); ++i) signals.output[at[i]][first + i] += adj[i];
  }
};

struct MeanCrossEntropyLoss {
  static constexpr std::string_view kind = "cross-entropy-mean";
  static constexpr std::string_view summary = "cross-entropy of the readout's mean over time";

  std::size_t population = 0;
  std::size_t label = 0;

  template <class T>
  std::vector<T> logits(const Network& network, const Tape<T>& tape) const {
    std::vector<T> logits(network.populations()[population].size(), T(0.0));
    for (std::size_t t = 0; t < network.steps(); ++t)
      for (std::size_t i = 0; i < logits.size(); ++i)
        logits[i] = logits[i] +
                    tape.outputs_of(network, population, t)[i] * (1.0 / static_cast<double>(network.steps()));
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
      for (std::size_t i = 0; i < adj.size(); ++i)
        signals.output[t][first + i] += adj[i] / static_cast<double>(network.steps());
  }
};

}  // namespace spikegrad
