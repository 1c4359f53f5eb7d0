// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/counterfactual.hpp"

#include <algorithm>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/engine/lowering.hpp"
#include "spikegrad/estimator/flip_choice.hpp"

namespace spikegrad {
namespace {

constexpr LearningSignal pass_signal{.credit = true};
constexpr std::size_t flips_at_once = 4;  ///< groups of flipped trials that are held in memory, a thread

/// Outputs and x of all units.
std::size_t record_bytes(const Network& network) {
  return 2 * network.steps() * network.unit_count() * sizeof(float);
}

}  // namespace

CounterfactualFlips::CounterfactualFlips(Engine& engine)
    : engine_(engine), forward_(engine.prepare({})), credited_(engine.prepare(pass_signal)) {}

std::size_t CounterfactualFlips::bytes(std::size_t samples) const {
  const std::size_t part = std::min(samples, part_size());
  return forward_->bytes(flips_at_once * part_size()) + credited_->bytes(part) +
         part * record_bytes(engine_.objective().network);
}

std::vector<Flip> CounterfactualFlips::flips_of(const SampleRecord& record, Draws& draws) const {
  const Objective& objective = engine_.objective();
  const Network& network = objective.network;
  std::vector<Slot> slots;
  std::vector<double> slopes;
  for (std::size_t t = network.steps(); t-- > 0;)
    for (std::size_t p = 0; p < network.populations().size(); ++p) {
      if (!draws_spikes(objective, p)) continue;
      const Population& population = network.populations()[p];
      std::visit(
          [&](const auto& f) {
            for (std::size_t i = 0; i < population.size(); ++i) {
              const double slope = equations::derivative(f, double{record.excess[p][t][i]});
              if (!(slope > 0.0)) continue;
              slots.push_back({static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(i),
                               static_cast<std::uint32_t>(t)});
              slopes.push_back(slope);
            }
          },
          population.escape);
    }
  std::vector<Flip> flips = choose(slots, slopes, draws);
  for (Flip& flip : flips)
    flip.spiked = record.output[flip.slot.population][flip.slot.step][flip.slot.unit] != 0.0f;
  return flips;
}

/// L of each flip, in their order. Flips of a sample stand last step first, so that an engine that keeps a
/// tape can go on from the flipped step.
std::vector<double> CounterfactualFlips::flipped_losses(const Batch& part,
                                                        const std::vector<std::vector<Flip>>& flips) {
  std::vector<double> losses;
  std::vector<Sample> flipped;
  std::vector<SampleOutcome> outcomes;
  const auto run = [&] {
    outcomes.resize(flipped.size());
    forward_->run({part.parameters, flipped, part.seed, part.dropout, part.done}, {.outcomes = outcomes});
    for (const SampleOutcome& outcome : outcomes) losses.push_back(outcome.total());
    flipped.clear();
  };
  for (std::size_t s = 0; s < flips.size(); ++s)
    for (const Flip& flip : flips[s]) {
      flipped.push_back(part.samples[s]);
      flipped.back().forced = ForcedSpike{flip.slot, !flip.spiked};
      if (flipped.size() == flips_at_once * part_size()) run();
    }
  if (!flipped.empty()) run();
  return losses;
}

void CounterfactualFlips::run_part(const Batch& part, const BatchResults& results) {
  const std::size_t count = part.samples.size();
  std::vector<SampleOutcome> room;
  std::vector<SampleRecord> records(count);
  const auto outcomes = outcomes_of(part, results, room);
  forward_->run(part, {.outcomes = outcomes, .records = records});

  std::vector<std::vector<Flip>> flips(count);
  parallel_for(count, engine_.threads(), [&](std::size_t s) {
    flips[s] = flips_of(records[s], *engine_.draws(part.seed, part.samples[s]));
  });
  const std::vector<double> losses = flipped_losses(part, flips);

  std::vector<SpikeCredit> credits;
  credits.reserve(losses.size());
  std::vector<Sample> samples(part.samples.begin(), part.samples.end());
  for (std::size_t s = 0; s < count; ++s) {
    const std::size_t first = credits.size();
    const double loss = outcomes[s].total();
    for (const Flip& flip : flips[s]) {
      const double other = losses[credits.size()];
      credits.push_back({flip.slot, flip.times * (flip.spiked ? loss - other : other - loss)});
    }
    samples[s].credits = std::span(credits).subspan(first);
  }
  credited_->run({part.parameters, samples, part.seed, part.dropout, part.done},
                 {.gradient = results.gradient, .activity = results.activity});
  if (!results.records.empty()) std::move(records.begin(), records.end(), results.records.begin());
}

void CounterfactualFlips::gradient(const Batch& batch, const BatchResults& results) {
  check(engine_.objective(), batch, results);
  const std::size_t samples = batch.samples.size(), step = part_size();
  if (samples <= step) return run_part(batch, results);
  // Records of a few groups of samples are held at a time, whatever the batch.
  if (results.activity) results.activity->resize(samples, engine_.objective().network.populations().size());
  ActivityTable activity;
  for (std::size_t first = 0; first < samples; first += step) {
    const std::size_t count = std::min(step, samples - first);
    const auto of_part = [&](auto span) { return span.empty() ? span : span.subspan(first, count); };
    run_part({batch.parameters, of_part(batch.samples), batch.seed, batch.dropout, batch.done},
             {.gradient = results.gradient,
              .outcomes = of_part(results.outcomes),
              .activity = results.activity ? &activity : nullptr,
              .records = of_part(results.records)});
    for (std::size_t s = 0; results.activity && s < count; ++s)
      std::copy(activity[s].begin(), activity[s].end(), (*results.activity)[first + s].begin());
  }
}

std::vector<Flip> Counterfactual::choose(const std::vector<Slot>& slots, std::span<const double>,
                                         Draws&) const {
  std::vector<Flip> flips;
  for (const Slot& slot : slots) flips.push_back({slot});
  return flips;
}

std::vector<Flip> CounterfactualSampled::choose(const std::vector<Slot>& slots,
                                                std::span<const double> slopes, Draws& draws) const {
  std::vector<Flip> flips;
  // Slots come last step first, and so do the chosen ones.
  for (const FlipChoice& choice : choose_flips(slopes, count_, draws))
    flips.push_back({slots[choice.candidate], choice.times});
  return flips;
}

}  // namespace spikegrad
