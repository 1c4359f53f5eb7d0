// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/lowering.hpp"

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/feedback.hpp"

namespace spikegrad {
namespace {

Firing firing_of(const Population& population, ForwardMode mode, bool clamped) {
  switch (output_of(population.unit)) {
    case UnitOutput::given:
      return Firing::given;
    case UnitOutput::potential:
      return Firing::potential;
    case UnitOutput::spike:
      break;
  }
  if (clamped) return Firing::clamped;
  if (population.output == OutputKind::deterministic) return Firing::deterministic;
  if (population.output == OutputKind::analog || mode == ForwardMode::mean_field) return Firing::analog;
  return Firing::drawn;
}

/// [connections]: both ends stand in one loop of populations.
std::vector<bool> within_loops(const Network& network) {
  std::vector<std::size_t> stage_of(network.populations().size());
  const std::vector<Stage> stages = stages_of(network);
  for (std::size_t s = 0; s < stages.size(); ++s)
    for (const std::size_t p : stages[s].populations) stage_of[p] = s;
  std::vector<bool> within;
  for (const Connection& c : network.connections()) within.push_back(stage_of[c.from] == stage_of[c.to]);
  return within;
}

/// Marks all populations that a signal reaches, from those at which signals enter, against the connections.
void find_learners(Lowering& lowering, const Network& network) {
  const std::vector<bool> left_out = lowering.signal.through_loops
                                         ? std::vector<bool>(network.connections().size(), false)
                                         : within_loops(network);
  std::vector<std::size_t> reached;
  for (std::size_t p = 0; p < lowering.populations.size(); ++p)
    if (lowering.populations[p].learns) reached.push_back(p);
  while (!reached.empty()) {
    const std::size_t to = reached.back();
    reached.pop_back();
    for (const std::size_t c : network.layout(to).incoming) {
      const std::size_t from = network.connections()[c].from;
      PopulationLowering& source = lowering.populations[from];
      if (!source.passes || left_out[c]) continue;
      lowering.carries[c] = true;
      if (source.learns) continue;
      source.learns = true;
      reached.push_back(from);
    }
  }
}

}  // namespace

Slope slope_of(const Population& population, PseudoDerivative pseudo, ForwardMode mode) {
  if (!population.spikes()) return Slope::zero;
  const bool analog = population.output == OutputKind::analog;
  switch (pseudo) {
    case PseudoDerivative::surrogate:
      return population.surrogate ? Slope::surrogate : Slope::escape;
    case PseudoDerivative::one:
      return Slope::one;
    case PseudoDerivative::zero:
      return analog ? Slope::escape : Slope::zero;
    case PseudoDerivative::spike:
      return analog ? Slope::escape : Slope::output;
    case PseudoDerivative::smoothed:
    case PseudoDerivative::own:
      break;
  }
  if (population.output == OutputKind::deterministic) return Slope::zero;
  if (analog || mode == ForwardMode::mean_field) return Slope::escape;
  return pseudo == PseudoDerivative::own ? Slope::own : Slope::smoothed;
}

Lowering::Lowering(const Objective& objective, const LearningSignal& learning_signal)
    : signal(learning_signal),
      loss_population(population_of(objective.loss)),
      at_potential(signal.output == OutputSignal::target_error || signal.forcing == Forcing::always ||
                   std::holds_alternative<LikelihoodLoss>(objective.loss)),
      carries(objective.network.connections().size(), false) {
  const Network& network = objective.network;
  const auto& all = network.populations();
  if (loss_population >= all.size()) throw UserError("the loss is of a population that is not there");
  const auto clamp = clamp_for(objective.loss, signal.forcing);
  for (std::size_t p = 0; p < all.size(); ++p) {
    PopulationLowering& out = populations.emplace_back();
    out.firing = firing_of(all[p], signal.forward, clamp && clamp->population == p);
    out.slope = slope_of(all[p], signal.pseudo, signal.forward);
    out.passes = out.firing == Firing::given ? signal.to_inputs
                                             : out.slope != Slope::zero && out.firing != Firing::clamped;
    out.learns = (signal.score || signal.credit) && out.firing == Firing::drawn;
  }
  for (const Regulariser& r : objective.regularisers) {
    if (!all[population_of(r)].spikes())
      throw UserError("a regulariser is of population '" + all[population_of(r)].name +
                      "', which does not spike");
    populations[population_of(r)].learns |= populations[population_of(r)].passes;
  }
  populations[loss_population].learns |= populations[loss_population].firing != Firing::given;
  find_learners(*this, network);
  if (signal.feedback_scale > 0.0) feedback = feedback_weights(network, signal.feedback_scale);
}

}  // namespace spikegrad
