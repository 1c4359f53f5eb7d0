// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/psa.hpp"

#include <algorithm>

#include "spikegrad/estimator/spike_flip.hpp"

namespace spikegrad {
namespace {

double probability_of(const Population& population, double x) {
  return std::visit([x](const auto& f) { return equations::probability(f, x); }, population.escape);
}

/// L with one spike flipped and all others as they were: of a loss that sees that spike, or potentials that it moves.
class FlippedLoss {
 public:
  FlippedLoss(const Problem& problem, const Tape<double>& tape)
      : problem_(problem), tape_(tape), flipped_(tape), own_loss_(total_loss(problem, tape)) {}

  /// L(flipped) - L.
  double change(const Slot& slot, const SpikeFlip& flip) {
    const Network& network = problem_.network;
    const std::size_t judged = population_of(problem_.loss),
                      u = network.layout(slot.population).unit_offset + slot.unit;
    const bool moves_loss = std::binary_search(flip.reached().begin(), flip.reached().end(), judged) &&
                            !draws_spikes(problem_.objective(), judged);
    bool seen = moves_loss || slot.population == judged;
    for (const Regulariser& r : problem_.regularisers) seen |= population_of(r) == slot.population;
    if (!seen) return 0.0;
    flipped_.output[slot.step][u] = 1.0 - tape_.output[slot.step][u];
    if (moves_loss) shift(judged, slot.step, flip.moved());
    const double change = total_loss(problem_, flipped_) - own_loss_;
    flipped_.output[slot.step][u] = tape_.output[slot.step][u];
    if (moves_loss) shift(judged, slot.step, {});
    return change;
  }

 private:
  /// A readout's potentials, or those of a population that a target clamps, moved; by nothing: as they were.
  void shift(std::size_t p, std::size_t begin, const Grid<double>& by) {
    const Network& network = problem_.network;
    const std::size_t first = network.layout(p).unit_offset, end = first + network.populations()[p].size();
    const bool readout = output_of(network.populations()[p].unit) == UnitOutput::potential;
    for (std::size_t t = begin; t < network.steps(); ++t)
      for (std::size_t u = first; u < end; ++u) {
        flipped_.excess[t][u] = tape_.excess[t][u] + (by.rows() > 0 ? by[t][u] : 0.0);
        if (readout) flipped_.output[t][u] = flipped_.excess[t][u];
      }
  }

  const Problem& problem_;
  const Tape<double>& tape_;
  Tape<double> flipped_;
  double own_loss_;
};

}  // namespace

std::string PathSampleAnalytic::refuse(const Objective& objective, const EstimatorSettings&) {
  for (const Population& p : objective.network.populations())
    if (p.spikes() && !p.is_stochastic())
      return "takes differences of probabilities, and population '" + p.name + "' draws no spikes";
    else if (p.refractory_steps > 0)
      return "takes differences of probabilities through potentials, and a spike of population '" + p.name +
             "' forbids others by its refractory period";
  return {};
}

SampleOutcome PathSampleAnalytic::sample(const Problem& problem, Draws& draws, std::span<double> gradient) {
  const Network& network = problem.network;
  const double total = trial_.forward(problem, draws);
  const Tape<double>& tape = trial_.tape();
  SpikeFlip flip(problem, tape);
  FlippedLoss loss(problem, tape);
  Grid<double> credit(network.steps(), network.unit_count());
  credits_.clear();
  for (std::size_t t = network.steps(); t-- > 0;)
    for (std::size_t p = network.populations().size(); p-- > 0;) {
      if (!draws_spikes(problem.objective(), p)) continue;
      for (std::size_t i = 0; i < network.populations()[p].size(); ++i) {
        const Slot slot{static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(i),
                        static_cast<std::uint32_t>(t)};
        const std::size_t u = network.layout(p).unit_offset + i;
        flip.flip(slot);
        double change = loss.change(slot, flip);
        for (const std::size_t q : flip.reached()) {
          if (!draws_spikes(problem.objective(), q)) continue;
          const std::size_t first = network.layout(q).unit_offset,
                            end = first + network.populations()[q].size();
          for (std::size_t later = t; later < network.steps(); ++later)
            for (std::size_t m = first; m < end; ++m)
              if (const double by = flip.moved()[later][m]; by != 0.0) {
                const Population& target = network.populations()[q];
                const double x = tape.excess[later][m];
                change += (probability_of(target, x + by) - probability_of(target, x)) * credit[later][m];
              }
        }
        credit[t][u] = tape.output[t][u] != 0.0 ? -change : change;  // flipped less drawn: to 1 less 0
        credits_.push_back({slot, credit[t][u]});
      }
    }
  trial_.backward(problem, 0.0, credits_, gradient);
  return {.loss = total - trial_.penalty(), .penalty = trial_.penalty()};
}

}  // namespace spikegrad
