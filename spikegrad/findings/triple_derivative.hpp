// SPDX-License-Identifier: Apache-2.0
// The derivative of one trial along one direction, by stochastic triples [A]. The draws are those of
// CounterDraws of the same identity, so that a pass is comparable with any estimator draw by draw.
#pragma once

#include <span>

#include "spikegrad/estimator/triple_pass.hpp"
#include "spikegrad/stochastic_ad/propagate.hpp"
#include "spikegrad/stochastic_ad/stochastic_ad.hpp"

namespace spikegrad {

struct TrialIdentity {
  std::uint64_t seed = 1;
  std::uint32_t sample = 0, trial = 0;
};

/// Estimate of Σ_i direction_i dE[L]/dw_i. Backend PruneByWeight: unbiased. Backend Smoothed: the smoothed
/// stochastic derivative, each draw's right and left derivatives averaged with weights 1-p and p.
template <class Backend>
double triple_derivative(const Problem& problem, std::span<const double> direction,
                         const TrialIdentity& identity) {
  DrawKey key{
      .seed = identity.seed, .stream = Stream::spikes, .trial = identity.trial, .sample = identity.sample};
  typename Backend::Run run(
      stochastic_ad::Rng(identity.seed ^ (std::uint64_t{identity.trial} << 32), identity.sample));
  const auto spike = [&](const Slot& slot, const auto& p) {
    key.population = slot.population;
    return stochastic_ad::bernoulli_at(uniform(key.bits(slot.step, slot.unit)), p);
  };
  return stochastic_ad::derivative_contribution(TriplePass<Backend>()(problem, direction, run, spike));
}

}  // namespace spikegrad
