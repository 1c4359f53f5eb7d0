// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/stochastic_triple.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/stochastic_ad/bernoulli.hpp"

namespace spikegrad {
namespace {

/// The spike of a slot: every p, the value's and an alternative's, is compared with the slot's one number.
struct SlotBernoulli : stochastic_ad::Bernoulli<double> {
  Draws* draws;
  Slot slot;
  double quantile(double) const { return draws->below(slot, p) ? 1.0 : 0.0; }
};

std::string no_probability(const Network& network, const Slot& slot) {
  return fmt::format(
      "the potential of {}[{}] overflows in step {}, so that its spike has no probability: "
      "weights or inputs are too large",
      network.populations()[slot.population].name, slot.unit, slot.step);
}

}  // namespace

StochasticTriples::Run StochasticTriples::run(const Problem& problem, Draws& draws,
                                              std::span<const double> direction, DrawsChooser& chooser) {
  NetworkBackend::Run events(chooser);
  const auto spike = [&](const Slot& slot, const auto& probability) {
    return stochastic_ad::draw(
        0.0, stochastic_ad::Rule::automatic,
        [&](double p) {
          if (std::isnan(p)) throw NotFinite(no_probability(problem.network, slot));
          return SlotBernoulli{{p}, &draws, slot};
        },
        probability);
  };
  const auto loss = pass_(problem, direction, events, spike);
  chooser = events.selection();
  const double penalty = stochastic_ad::value(pass_.penalty());
  return {{.loss = stochastic_ad::value(loss) - penalty, .penalty = penalty},
          stochastic_ad::derivative_contribution(loss)};
}

SampleOutcome StochasticTripleFull::sample(const Problem& problem, Draws& draws, std::span<double> gradient) {
  direction_.assign(gradient.size(), 0.0);
  SampleOutcome outcome;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    DrawsChooser chooser(draws);  // the same numbers for each parameter
    direction_[i] = 1;
    const Run result = run(problem, draws, direction_, chooser);
    direction_[i] = 0;
    gradient[i] += result.slope;
    outcome = result.outcome;
  }
  return outcome;
}

SampleOutcome StochasticTripleDirection::sample(const Problem& problem, Draws& draws,
                                                std::span<double> gradient) {
  DrawsChooser chooser(draws);
  std::size_t row = 0;
  for (std::size_t bit = 1; bit < gradient.size(); bit *= 2)
    if (chooser.below(0.5)) row |= bit;
  direction_.resize(gradient.size());
  for (std::size_t i = 0; i < direction_.size(); ++i)
    direction_[i] = std::popcount(i & row) % 2 == 0 ? 1 : -1;
  const Run result = run(problem, draws, direction_, chooser);
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += result.slope * direction_[i];
  return result.outcome;
}

}  // namespace spikegrad
