// SPDX-License-Identifier: Apache-2.0
// One trial of a problem run forward with stochastic triples [A], along one direction of parameter space. The
// draws are those of CounterDraws of the same identity, so that a pass is comparable with any estimator draw
// by draw.
#pragma once

#include <span>
#include <vector>

#include "spikegrad/engine/forward.hpp"
#include "spikegrad/engine/problem.hpp"
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
  using Triple = stochastic_ad::StochasticTriple<double, Backend>;
  DrawKey key{
      .seed = identity.seed, .stream = Stream::spikes, .trial = identity.trial, .sample = identity.sample};
  typename Backend::Run run(
      stochastic_ad::Rng(identity.seed ^ (std::uint64_t{identity.trial} << 32), identity.sample));
  std::vector<Triple> w;
  for (std::size_t i = 0; i < direction.size(); ++i)
    w.push_back(stochastic_ad::variable<Backend>(run, problem.parameters[i], direction[i]));
  const auto spike = [&](const Slot& slot, const Triple& p) -> Triple {
    key.population = slot.population;
    return stochastic_ad::bernoulli_at(uniform(key.bits(slot.step, slot.unit)), p);
  };
  const auto clamp = clamp_of(problem.loss);
  Tape<Triple> tape;
  forward<Triple>(problem.network, w, problem.input, ForwardMode::sampled, clamp ? &*clamp : nullptr, spike,
                  tape);
  return stochastic_ad::derivative_contribution(loss_value(problem.loss, problem.network, tape));
}

}  // namespace spikegrad
