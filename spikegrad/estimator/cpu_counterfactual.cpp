// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/cpu_counterfactual.hpp"

#include <algorithm>
#include <thread>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/engine/reference/engine.hpp"
#include "spikegrad/estimator/counterfactual.hpp"
#include "spikegrad/estimator/flip_choice.hpp"

namespace spikegrad {

CpuCounterfactual::CpuCounterfactual(const Network& network, const Loss& loss, std::size_t count,
                                     CpuSettings settings, std::span<const Regulariser> regularisers)
    : network_(network),
      count_(count),
      threads_(settings.threads ? settings.threads : std::max(1u, std::thread::hardware_concurrency())),
      engine_(network_, Counterfactual::pass, loss, settings, regularisers) {}

/// Candidates in the order of Counterfactual::find_candidates(), last step first.
std::vector<CpuCounterfactual::Flip> CpuCounterfactual::choose(const BatchSample& sample, std::size_t index,
                                                               std::uint64_t seed,
                                                               const SampleRecord& record) const {
  const auto clamp = clamp_of(*sample.loss);
  std::vector<Slot> slots;
  std::vector<double> slopes;
  for (std::size_t t = network_.steps(); t-- > 0;)
    for (std::size_t p = 0; p < network_.populations().size(); ++p) {
      if (!is_drawn(network_, p, clamp)) continue;
      std::visit(
          [&](const auto& f) {
            for (std::size_t i = 0; i < network_.populations()[p].size(); ++i) {
              const double slope = f.derivative(double{record.excess[p][t][i]});
              if (!(slope > 0.0)) continue;
              slots.push_back({static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(i),
                               static_cast<std::uint32_t>(t)});
              slopes.push_back(slope);
            }
          },
          network_.populations()[p].escape);
    }
  CounterDraws draws(seed, sample.sample, sample.trial);
  std::vector<Flip> flips;
  for (const FlipChoice& choice : choose_flips(slopes, count_, draws)) {
    const Slot& slot = slots[choice.candidate];
    flips.push_back(
        {index, {slot, choice.times}, record.output[slot.population][slot.step][slot.unit] != 0.0f});
  }
  return flips;
}

void CpuCounterfactual::run_part(const CpuRun& run, std::size_t first, std::size_t count) {
  std::vector<BatchSample> batch(run.batch.begin() + static_cast<std::ptrdiff_t>(first),
                                 run.batch.begin() + static_cast<std::ptrdiff_t>(first + count));
  std::vector<SampleOutcome> outcomes(count);
  std::vector<SampleRecord> records(count);
  engine_.run({.parameters = run.parameters,
               .batch = batch,
               .seed = run.seed,
               .dropout = run.dropout,
               .outcomes = outcomes,
               .records = records});

  std::vector<std::vector<Flip>> chosen(count);
  parallel_for(count, threads_,
               [&](std::size_t s) { chosen[s] = choose(batch[s], s, run.seed, records[s]); });
  std::vector<Flip> flips;
  for (const auto& of_sample : chosen) flips.insert(flips.end(), of_sample.begin(), of_sample.end());

  std::vector<BatchSample> flipped;
  for (const Flip& flip : flips) {
    flipped.push_back(batch[flip.sample]);
    flipped.back().forced = ForcedSpike{flip.credit.slot, !flip.spiked};
  }
  std::vector<SampleOutcome> others(flips.size());
  engine_.run({.parameters = run.parameters,
               .batch = flipped,
               .seed = run.seed,
               .dropout = run.dropout,
               .outcomes = others});

  std::vector<SpikeCredit> credits;  // L(S_k := 1) - L(S_k := 0), times the choice's weight
  for (std::size_t k = 0; k < flips.size(); ++k) {
    const double loss = outcomes[flips[k].sample].total(), other = others[k].total();
    credits.push_back(
        {flips[k].credit.slot, flips[k].credit.difference * (flips[k].spiked ? loss - other : other - loss)});
  }
  for (std::size_t s = 0, begin = 0; s < count; begin += chosen[s++].size())
    batch[s].credits = std::span(credits).subspan(begin, chosen[s].size());
  ActivityTable activity;
  engine_.run({.parameters = run.parameters,
               .batch = batch,
               .seed = run.seed,
               .dropout = run.dropout,
               .gradient = run.gradient,
               .outcomes = outcomes,
               .activity = run.activity ? &activity : nullptr});

  if (!run.outcomes.empty()) std::copy(outcomes.begin(), outcomes.end(), run.outcomes.begin() + first);
  for (std::size_t s = 0; s < count; ++s) {
    if (run.activity) std::copy(activity[s].begin(), activity[s].end(), (*run.activity)[first + s].begin());
    if (!run.records.empty()) run.records[first + s] = std::move(records[s]);
  }
}

void CpuCounterfactual::run(const CpuRun& run) {
  if (run.gradient.empty()) return engine_.run(run);
  if (run.activity) run.activity->resize(run.batch.size(), network_.populations().size());
  const std::size_t part = threads_ * engine_.group_size();
  for (std::size_t first = 0; first < run.batch.size(); first += part)
    run_part(run, first, std::min(part, run.batch.size() - first));
}

}  // namespace spikegrad
