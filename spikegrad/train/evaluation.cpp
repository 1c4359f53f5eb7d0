// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/proportion.hpp"
#include "spikegrad/core/ranks.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/train/answers.hpp"
#include "spikegrad/train/data_task.hpp"
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
std::vector<PopulationActivity> activity_of(Pass& forward, const Model& model,
                                            std::span<const double> parameters, const Task& task,
                                            const EvaluationSettings& settings, Progress& progress) {
  const auto& populations = model.network.populations();
  const double dt = model.network.time().dt;
  std::vector<MeanActivity> means(populations.size());
  std::vector<std::vector<MeanActivity>> of_units(populations.size());
  for (std::size_t p = 0; p < populations.size(); ++p) of_units[p].resize(populations[p].size());
  const std::size_t samples = std::min(settings.activity_samples, task.size());
  for (std::size_t s = 0; s < samples; ++s) {
    const SampleTrials trials =
        run_sample(forward, model.network, parameters, task, s * task.size() / samples,
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

double balanced(const Grid<std::uint64_t>& confusion) {
  MeanOfKnown mean;
  for (std::size_t c = 0; c < confusion.rows(); ++c)  // a class without samples has 0/0
    mean.add(
        static_cast<double>(confusion[c][c]) /
        static_cast<double>(std::accumulate(confusion[c].begin(), confusion[c].end(), std::uint64_t{0})));
  return mean.value();
}

void judge_answers(const Answers& answers, const Task& task, Evaluation& result) {
  const auto n = static_cast<double>(task.size());
  std::size_t right_by_vote = 0;
  for (std::size_t i = 0; i < task.size(); ++i)
    right_by_vote += answers.vote(i) == *label_of(*task.sample(i).loss);
  result.labelled = true;
  result.accuracy = answers.accuracy();
  result.accuracy_interval = wilson_interval(result.accuracy, n);
  result.balanced_accuracy = balanced(answers.confusion);
  result.vote_accuracy = static_cast<double>(right_by_vote) / n;
  result.confusion = answers.confusion;
  result.votes = answers.votes;
  result.speakers = judge_speakers(answers, task);
}

}  // namespace

Evaluation evaluate(const Model& model, std::span<const double> parameters, const Task& task,
                    const EvaluationSettings& settings, Progress& outer) {
  JointProgress progress(outer, settings.engine.ranks);
  if (settings.trials == 0) throw UserError("evaluation: trials must be 1 or more");
  if (settings.activity_samples > 0 && settings.activity_trials == 0)
    throw UserError("evaluation: activity_trials must be 1 or more, or activity_samples 0");
  if (!std::all_of(parameters.begin(), parameters.end(), [](double w) { return std::isfinite(w); }))
    throw UserError("evaluation: the parameters must be finite");
  if (task.size() == 0) throw UserError(task.source() + ": has no samples to judge");
  const auto engine = make_engine(model.objective(), settings.engine);
  const auto forward = engine->prepare({});
  const bool labelled = label_of(model.loss).has_value();
  const std::size_t classes = labelled ? model.network.populations()[population_of(model.loss)].size() : 0;
  const std::size_t activity_samples = std::min(settings.activity_samples, task.size());
  progress.start("evaluation", task.size() * settings.trials + activity_samples * settings.activity_trials);

  Evaluation result{.samples = task.size(), .trials = settings.trials};
  Answers answers(task.size(), classes);
  VectorMoments of_trials(1), of_samples(1);
  double sample_loss = 0.0;
  const std::size_t all = task.size() * settings.trials;
  for (std::size_t first = 0; first < all; first += chunk) {
    std::vector<Sample> batch;
    for (std::size_t j = first; j < std::min(all, first + chunk); ++j)
      batch.push_back(judged_trial(task, j / settings.trials, j % settings.trials));
    std::vector<SampleOutcome> outcomes(batch.size());
    forward->run({.parameters = parameters, .samples = batch, .seed = settings.seed}, {.outcomes = outcomes});
    for (std::size_t k = 0; k < batch.size(); ++k) {
      const std::size_t i = (first + k) / settings.trials, trial = (first + k) % settings.trials;
      if (labelled) answers.add(i, *label_of(*batch[k].loss), outcomes[k].prediction);
      of_trials.add({&outcomes[k].loss, 1});
      sample_loss += outcomes[k].loss / static_cast<double>(settings.trials);
      if (trial + 1 < settings.trials) continue;
      of_samples.add({&sample_loss, 1});
      result.losses.push_back(sample_loss);
      sample_loss = 0.0;
    }
    progress.advance(batch.size());
  }
  if (labelled) judge_answers(answers, task, result);
  result.loss = of_samples.mean()[0];
  result.loss_std_error = (task.size() > 1 ? of_samples : of_trials).std_error()[0];
  result.populations = activity_of(*forward, model, parameters, task, settings, progress);
  return result;
}

Evaluation evaluate(const Model& model, std::span<const double> parameters, const SpikeData& data,
                    const EvaluationSettings& settings, Progress& progress) {
  return evaluate(model, parameters, DataTask(model, data, settings.engine.threads), settings, progress);
}

}  // namespace spikegrad
