// SPDX-License-Identifier: Apache-2.0
// One objective on one input: what can be enumerated, compared and looked at closely. A view; it owns
// nothing.
#pragma once

#include <optional>
#include <span>

#include "spikegrad/engine/objective.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/network/tape.hpp"

namespace spikegrad {

struct Problem {
  const Network& network;
  std::span<const double> parameters;  ///< [network.parameter_count()]
  const Input& input;
  const Loss& loss;
  std::span<const Regulariser> regularisers = {};
  std::span<const double> dropout_scale =
      {};  ///< factors m of what units send (dropout.hpp) [unit_count] or [steps, unit_count]; empty: 1
  std::optional<double> done = {};  ///< share of the training; as in Batch

  /// The same problem at other parameters.
  Problem at(std::span<const double> other) const {
    return {network, other, input, loss, regularisers, dropout_scale, done};
  }
  Objective objective() const { return {network, loss, regularisers}; }
};

/// Throws UserError where the objective is not sound, or parameters or input have the wrong size or are not
/// finite.
SPIKEGRAD_EXPORT void check(const Problem& problem);

/// L of a trial: its loss and the penalties on it.
template <class T>
T total_loss(const Problem& problem, const Tape<T>& tape) {
  return loss_value(problem.loss, problem.network, tape) +
         penalty_value(problem.regularisers, problem.network, tape);
}

inline std::size_t free_spike_count(const Problem& problem) {
  return free_spike_count(problem.objective());
}

}  // namespace spikegrad
