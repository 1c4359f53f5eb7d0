// SPDX-License-Identifier: Apache-2.0
// One loss of one network on one input, and the penalties that join it: what a gradient is the gradient of. A
// view; it owns nothing.
#pragma once

#include <span>

#include "spikegrad/loss/loss.hpp"
#include "spikegrad/loss/regulariser.hpp"
#include "spikegrad/network/network.hpp"
#include "spikegrad/network/tape.hpp"

namespace spikegrad {

struct Problem {
  const Network& network;
  std::span<const double> parameters;  ///< [network.parameter_count()]
  const Input& input;
  const Loss& loss;
  std::span<const Regulariser> regularisers = {};
  std::span<const double> sent = {};  ///< factors m of what units send (dropout.hpp) [unit_count]; empty: 1

  /// The same problem at other parameters.
  Problem at(std::span<const double> other) const {
    return {network, other, input, loss, regularisers, sent};
  }
};

/// L of a trial: its loss and the penalties on it.
template <class T>
T total_loss(const Problem& problem, const Tape<T>& tape) {
  return loss_value(problem.loss, problem.network, tape) +
         penalty_value(problem.regularisers, problem.network, tape);
}

/// Stochastic spikes of one trial, those clamped to a target left out: the n of the 2^n histories.
inline std::size_t free_spike_count(const Problem& problem) {
  std::size_t n = problem.network.stochastic_spike_count();
  if (const auto clamp = clamp_of(problem.loss)) {
    const Population& given = problem.network.populations()[clamp->population];
    if (given.is_stochastic()) n -= given.size() * problem.network.steps();
  }
  return n;
}

}  // namespace spikegrad
