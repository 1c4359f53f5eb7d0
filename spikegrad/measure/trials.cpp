// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/trials.hpp"

#include <algorithm>

#include "spikegrad/network/tape.hpp"

namespace spikegrad {
namespace {

/// A raster of the population's spikes; empty if its outputs are not 0 and 1 throughout.
SpikeRaster raster_of(const Grid<float>& output) {
  const auto values = output.flat();
  if (!std::all_of(values.begin(), values.end(), [](float s) { return s == 0.0f || s == 1.0f; })) return {};
  SpikeRaster raster(output.rows(), output.columns());
  std::transform(values.begin(), values.end(), raster.flat().begin(),
                 [](float s) { return static_cast<std::uint8_t>(s); });
  return raster;
}

/// The outputs of a trial where losses look for them.
void fill(Tape<double>& tape, const Network& network, const SampleRecord& record) {
  tape.output = Grid<double>(network.steps(), network.unit_count());
  for (std::size_t p = 0; p < record.output.size(); ++p)
    for (std::size_t t = 0; t < network.steps(); ++t)
      std::copy(record.output[p][t].begin(), record.output[p][t].end(),
                tape.output[t].begin() + static_cast<std::ptrdiff_t>(network.layout(p).unit_offset));
}

}  // namespace

TrialRecord run_trials(const Problem& problem, std::span<const Loss> losses, const TrialSettings& settings,
                       Progress& progress) {
  check(problem);
  for (const Loss& loss : losses) check(Objective{problem.network, loss});
  const Network& network = problem.network;
  const auto engine = make_engine(problem.objective(), settings.engine);
  const auto pass = engine->prepare({.forcing = Forcing::never});
  const std::vector<SampleInput> inputs = views_of(network, problem.input);
  TrialRecord record;
  record.spikes.assign(network.populations().size(), {});
  record.losses.assign(losses.size(), {});
  Tape<double> tape;
  const std::size_t chunk = engine->samples_at_once();
  for (std::size_t first = 0; first < settings.trials; first += chunk) {
    std::vector<Sample> samples(std::min(chunk, settings.trials - first),
                                {.inputs = inputs, .loss = &problem.loss, .sample = settings.sample});
    for (std::size_t k = 0; k < samples.size(); ++k) samples[k].trial = static_cast<std::uint32_t>(first + k);
    std::vector<SampleRecord> trials(samples.size());
    pass->run({.parameters = problem.parameters, .samples = samples, .seed = settings.seed},
              {.records = trials});
    for (const SampleRecord& trial : trials) {
      for (std::size_t p = 0; p < record.spikes.size(); ++p)
        record.spikes[p].push_back(raster_of(trial.output[p]));
      if (!losses.empty()) fill(tape, network, trial);
      for (std::size_t l = 0; l < losses.size(); ++l)
        record.losses[l].push_back(loss_value(losses[l], network, tape));
    }
    progress.advance(samples.size());
  }
  // Outputs that are no spikes (values, potentials, probabilities) have no statistics of spikes.
  for (auto& trials : record.spikes)
    if (std::any_of(trials.begin(), trials.end(), [](const SpikeRaster& r) { return r.empty(); }))
      trials.clear();
  return record;
}

}  // namespace spikegrad
