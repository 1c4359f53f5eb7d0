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

/// Whether population p draws its spikes, in place of having none to draw or the loss's target for them.
inline bool draws_spikes(const Objective& objective, std::size_t p) {
  const auto clamp = clamp_of(objective.loss);
  return objective.network.populations()[p].is_stochastic() && !(clamp && clamp->population == p);
}

/// Stochastic spikes of one trial, those clamped to a target left out: the n of the 2^n histories.
inline std::size_t free_spike_count(const Objective& objective) {
  std::size_t units = 0;
  for (std::size_t p = 0; p < objective.network.populations().size(); ++p)
    if (draws_spikes(objective, p)) units += objective.network.populations()[p].size();
  return units * objective.network.steps();
}

}  // namespace spikegrad
