// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/proportion.hpp"
#include "spikegrad/core/statistics.hpp"

namespace spikegrad {
namespace {

constexpr std::uint32_t evaluation_samples = 0x4000'0000u;  ///< added to a sample's number in its draws
constexpr std::size_t chunk = 256;                          ///< trials between looks at an interrupt

LabelledSample trial_of(const SpikeData& data, std::size_t i, std::size_t trial) {
  return {.events = {data.steps(i), data.units},
          .label = data.labels[i],
          .sample = static_cast<std::uint32_t>(i) + evaluation_samples,
          .trial = static_cast<std::uint32_t>(trial)};
}

SpikeRaster raster_of(const Grid<float>& output) {
  SpikeRaster raster(output.rows(), output.columns());
  std::transform(output.flat().begin(), output.flat().end(), raster.flat().begin(),
                 [](float s) { return static_cast<std::uint8_t>(s != 0.0f); });
  return raster;
}

/// Mean of the numbers that are there.
class MeanOfKnown {
 public:
  void add(double value) {
    if (std::isnan(value)) return;
    sum_ += value;
    ++count_;
  }
  double value() const {
    return count_ ? sum_ / static_cast<double>(count_) : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  double sum_ = 0.0;
  std::size_t count_ = 0;
};

/// Statistics of a few samples over repeated trials.
std::vector<PopulationActivity> activity_of(BatchEngine& engine, const Model& model,
                                            std::span<const double> parameters, const SpikeData& data,
                                            const EvaluationSettings& settings, Progress& progress) {
  const auto& populations = model.network.populations();
  std::vector<std::array<MeanOfKnown, 3>> means(populations.size());
  const std::size_t samples = std::min(settings.activity_samples, data.size());
  for (std::size_t s = 0; s < samples; ++s) {
    std::vector<LabelledSample> batch;
    for (std::size_t k = 0; k < settings.activity_trials; ++k)
      batch.push_back(trial_of(data, s * data.size() / samples, k));
    std::vector<SampleRecord> records(batch.size());
    engine.run({.parameters = parameters, .batch = batch, .seed = settings.seed, .records = records});
    for (std::size_t p = 0; p < populations.size(); ++p) {
      if (!populations[p].spikes() || populations[p].output == OutputKind::analog) continue;
      std::vector<SpikeRaster> rasters;
      for (const SampleRecord& record : records) rasters.push_back(raster_of(record.output[p]));
      const ActivityStatistics found = activity_statistics(rasters, model.network.time().dt);
      means[p][0].add(found.rate);
      means[p][1].add(found.cv);
      means[p][2].add(found.fano);
    }
    progress.advance(settings.activity_trials);
  }
  std::vector<PopulationActivity> result;
  for (std::size_t p = 0; p < populations.size(); ++p)
    if (populations[p].spikes() && populations[p].output != OutputKind::analog)
      result.push_back(
          {populations[p].name, {means[p][0].value(), means[p][1].value(), means[p][2].value()}});
  return result;
}

}  // namespace

Evaluation evaluate(const Model& model, std::span<const double> parameters, const SpikeData& data,
                    const EvaluationSettings& settings, Progress& progress) {
  check_fit(model, data);
  if (settings.trials == 0) throw UserError("evaluation: trials must be 1 or more");
  const auto engine =
      make_batch_engine(settings.engine.kind, model, BatchEstimator{}, settings.engine.threads);
  const std::size_t classes = model.network.populations()[population_of(model.loss)].size();
  const std::size_t activity_samples = std::min(settings.activity_samples, data.size());
  progress.start("evaluation", data.size() * settings.trials + activity_samples * settings.activity_trials);

  Evaluation result{.samples = data.size(), .trials = settings.trials};
  result.confusion = Grid<std::uint64_t>(classes, classes);
  Grid<std::uint32_t> votes(data.size(), classes);
  std::vector<double> losses(data.size());
  std::uint64_t right = 0;
  const std::size_t all = data.size() * settings.trials;
  for (std::size_t first = 0; first < all; first += chunk) {
    std::vector<LabelledSample> batch;
    for (std::size_t j = first; j < std::min(all, first + chunk); ++j)
      batch.push_back(trial_of(data, j / settings.trials, j % settings.trials));
    std::vector<SampleOutcome> outcomes(batch.size());
    engine->run({.parameters = parameters, .batch = batch, .seed = settings.seed, .outcomes = outcomes});
    for (std::size_t k = 0; k < batch.size(); ++k) {
      const std::size_t i = (first + k) / settings.trials;
      ++result.confusion[batch[k].label][outcomes[k].prediction];
      ++votes[i][outcomes[k].prediction];
      right += outcomes[k].prediction == batch[k].label;
      losses[i] += outcomes[k].loss / static_cast<double>(settings.trials);
    }
    progress.advance(batch.size());
  }
  VectorMoments loss(1);
  std::size_t vote_right = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    loss.add({&losses[i], 1});
    const auto vote = votes[i];
    vote_right +=
        static_cast<std::size_t>(std::max_element(vote.begin(), vote.end()) - vote.begin()) == data.labels[i];
  }
  const auto n = static_cast<double>(data.size());
  result.accuracy = static_cast<double>(right) / static_cast<double>(all);
  result.accuracy_interval = wilson_interval(result.accuracy, n);
  result.vote_accuracy = static_cast<double>(vote_right) / n;
  result.loss = loss.mean()[0];
  result.loss_std_error = loss.std_error()[0];
  result.populations = activity_of(*engine, model, parameters, data, settings, progress);
  return result;
}

}  // namespace spikegrad
