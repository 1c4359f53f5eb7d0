// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/proportion.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/train/sample_trials.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t chunk = 256;  ///< trials between looks at an interrupt

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

struct MeanActivity {
  MeanOfKnown rate, cv, fano;

  void add(const ActivityStatistics& s) {
    rate.add(s.rate);
    cv.add(s.cv);
    fano.add(s.fano);
  }
  ActivityStatistics value() const { return {rate.value(), cv.value(), fano.value()}; }
};

/// Statistics of a few samples over repeated trials.
std::vector<PopulationActivity> activity_of(BatchEngine& engine, const Model& model,
                                            std::span<const double> parameters, const SpikeData& data,
                                            const EvaluationSettings& settings, Progress& progress) {
  const auto& populations = model.network.populations();
  const double dt = model.network.time().dt;
  std::vector<MeanActivity> means(populations.size());
  std::vector<std::vector<MeanActivity>> of_units(populations.size());
  for (std::size_t p = 0; p < populations.size(); ++p) of_units[p].resize(populations[p].size());
  const std::size_t samples = std::min(settings.activity_samples, data.size());
  for (std::size_t s = 0; s < samples; ++s) {
    const SampleTrials trials = run_sample(engine, model, parameters, data, s * data.size() / samples,
                                           settings.activity_trials, settings.seed);
    for (std::size_t p = 0; p < populations.size(); ++p) {
      if (!has_spikes(populations[p])) continue;
      means[p].add(activity_statistics(trials.spikes[p], dt));
      const auto units = unit_statistics(trials.spikes[p], dt);
      for (std::size_t i = 0; i < units.size(); ++i) of_units[p][i].add(units[i]);
    }
    progress.advance(settings.activity_trials);
  }
  std::vector<PopulationActivity> result;
  for (std::size_t p = 0; p < populations.size(); ++p) {
    if (!has_spikes(populations[p])) continue;
    result.push_back({.name = populations[p].name, .statistics = means[p].value(), .units = {}});
    for (const MeanActivity& unit : of_units[p]) result.back().units.push_back(unit.value());
  }
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
      batch.push_back(judged_trial(data, j / settings.trials, j % settings.trials));
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
