// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/sample_trials.hpp"

#include <algorithm>

namespace spikegrad {
namespace {

constexpr std::uint32_t judged_samples = 0x4000'0000u;  ///< added to a sample's number in its draws

SpikeRaster raster_of(const Grid<float>& output) {
  SpikeRaster raster(output.rows(), output.columns());
  std::transform(output.flat().begin(), output.flat().end(), raster.flat().begin(),
                 [](float s) { return static_cast<std::uint8_t>(s != 0.0f); });
  return raster;
}

}  // namespace

LabelledSample judged_trial(const SpikeData& data, std::size_t i, std::size_t trial) {
  return {.events = {data.steps(i), data.units},
          .label = data.labels[i],
          .sample = static_cast<std::uint32_t>(i) + judged_samples,
          .trial = static_cast<std::uint32_t>(trial)};
}

bool has_spikes(const Population& population) {
  return population.spikes() && population.output != OutputKind::analog;
}

SampleTrials run_sample(BatchEngine& engine, const Model& model, std::span<const double> parameters,
                        const SpikeData& data, std::size_t i, std::size_t trials, std::uint64_t seed) {
  std::vector<LabelledSample> batch;
  for (std::size_t k = 0; k < trials; ++k) batch.push_back(judged_trial(data, i, k));
  std::vector<SampleRecord> records(trials);
  std::vector<SampleOutcome> outcomes(trials);
  engine.run(
      {.parameters = parameters, .batch = batch, .seed = seed, .outcomes = outcomes, .records = records});

  const auto& populations = model.network.populations();
  SampleTrials result{.sample = i, .label = data.labels[i], .predictions = {}, .spikes = {}, .readout = {}};
  for (const SampleOutcome& outcome : outcomes) result.predictions.push_back(outcome.prediction);
  result.spikes.resize(populations.size());
  for (std::size_t p = 0; p < populations.size(); ++p)
    if (has_spikes(populations[p]))
      for (const SampleRecord& record : records) result.spikes[p].push_back(raster_of(record.output[p]));
  const std::size_t input = data_settings(model).population;
  result.spikes[input] = {raster_of(records[0].output[input])};
  result.readout = std::move(records[0].output[population_of(model.loss)]);
  return result;
}

}  // namespace spikegrad
