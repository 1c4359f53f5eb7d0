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

Sample judged_trial(const Task& task, std::size_t i, std::size_t trial) {
  Sample sample = task.sample(i);
  sample.sample += judged_samples;
  sample.trial = static_cast<std::uint32_t>(trial);
  return sample;
}

bool has_spikes(const Population& population) {
  return population.spikes() && population.output != OutputKind::analog;
}

SampleTrials run_sample(Pass& forward, const Network& network, std::span<const double> parameters,
                        const Task& task, std::size_t i, std::size_t trials, std::uint64_t seed) {
  std::vector<Sample> samples;
  for (std::size_t k = 0; k < trials; ++k) samples.push_back(judged_trial(task, i, k));
  std::vector<SampleRecord> records(trials);
  std::vector<SampleOutcome> outcomes(trials);
  forward.run({.parameters = parameters, .samples = samples, .seed = seed},
              {.outcomes = outcomes, .records = records});

  const auto& populations = network.populations();
  SampleTrials result{.sample = i, .label = label_of(*samples[0].loss)};
  for (const SampleOutcome& outcome : outcomes) result.predictions.push_back(outcome.prediction);
  result.spikes.resize(populations.size());
  for (std::size_t p = 0; p < populations.size(); ++p)
    if (has_spikes(populations[p]))
      for (const SampleRecord& record : records) result.spikes[p].push_back(raster_of(record.output[p]));
    else if (output_of(populations[p].unit) == UnitOutput::given)
      result.spikes[p] = {raster_of(records[0].output[p])};
  result.output = std::move(records[0].output[population_of(*samples[0].loss)]);
  return result;
}

}  // namespace spikegrad
