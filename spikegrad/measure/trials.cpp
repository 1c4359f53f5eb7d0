// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/trials.hpp"

#include <algorithm>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/engine/reference/trial.hpp"

namespace spikegrad {
namespace {

/// A raster of the population's spikes; false if its outputs are not 0 and 1 throughout.
bool copy_spikes(const Network& network, std::size_t population, const Tape<double>& tape,
                 SpikeRaster& raster) {
  raster.resize(network.steps(), network.populations()[population].size());
  for (std::size_t t = 0; t < network.steps(); ++t) {
    const auto outputs = tape.outputs_of(network, population, t);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] != 0.0 && outputs[i] != 1.0) return false;
      raster[t][i] = outputs[i] != 0.0;
    }
  }
  return true;
}

}  // namespace

TrialRecord run_trials(const Problem& problem, std::span<const Loss> losses, const TrialSettings& settings,
                       Progress& progress) {
  check(problem);
  for (const Loss& loss : losses) check(Objective{problem.network, loss});
  const Network& network = problem.network;
  const std::size_t populations = network.populations().size();
  TrialRecord record;
  record.spikes.assign(populations, std::vector<SpikeRaster>(settings.trials));
  record.losses.assign(losses.size(), std::vector<double>(settings.trials));
  parallel_for(settings.trials, settings.threads, [&](std::size_t k) {
    ReferenceTrial trial(problem.objective(), {.forcing = Forcing::never});
    CounterDraws draws(settings.seed, settings.sample, static_cast<std::uint32_t>(k));
    trial.forward(problem, draws);
    for (std::size_t p = 0; p < populations; ++p)
      if (!copy_spikes(network, p, trial.tape(), record.spikes[p][k])) record.spikes[p][k] = {};
    for (std::size_t l = 0; l < losses.size(); ++l)
      record.losses[l][k] = loss_value(losses[l], network, trial.tape());
    progress.advance();
  });
  // Outputs that are no spikes (values, potentials, probabilities) have no statistics of spikes.
  for (auto& trials : record.spikes)
    if (std::any_of(trials.begin(), trials.end(), [](const SpikeRaster& r) { return r.empty(); }))
      trials.clear();
  return record;
}

}  // namespace spikegrad
