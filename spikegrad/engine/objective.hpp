// SPDX-License-Identifier: Apache-2.0
// What a gradient is the gradient of, apart from the sample: a network, a loss, and the penalties that join
// it.
#pragma once

#include <span>

#include "spikegrad/export.hpp"
#include "spikegrad/loss/loss.hpp"
#include "spikegrad/loss/regulariser.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad {

/// A view; it owns nothing.
struct Objective {
  const Network& network;
  const Loss& loss;  ///< says kind and population; each sample brings a loss with its own label or target
  std::span<const Regulariser> regularisers = {};
};

/// Throws UserError where loss or penalties do not fit the network (a population that is not there or of the
/// wrong kind, a label or target of the wrong size), or a number is out of its range. Every engine does it.
SPIKEGRAD_EXPORT void check(const Objective& objective);

/// Stochastic spikes of one trial, those clamped to a target left out: the n of the 2^n histories.
inline std::size_t free_spike_count(const Objective& objective) {
  std::size_t n = objective.network.stochastic_spike_count();
  if (const auto clamp = clamp_of(objective.loss)) {
    const Population& given = objective.network.populations()[clamp->population];
    if (given.is_stochastic()) n -= given.size() * objective.network.steps();
  }
  return n;
}

}  // namespace spikegrad
