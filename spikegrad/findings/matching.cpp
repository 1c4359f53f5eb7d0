// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/matching.hpp"

#include <array>
#include <cmath>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/measure/trials.hpp"
#include "spikegrad/model/toml_text.hpp"
#include "spikegrad/train/problem_task.hpp"
#include "spikegrad/train/trainer.hpp"

namespace spikegrad {
namespace {

// Draws of the two kinds of look at the net; training has its own (sample numbers from 0).
constexpr std::uint32_t curve_draws = 0xFFFFFFFDu, statistics_draws = 0xFFFFFFFEu;

Model load_method(const MatchingPlan& plan, const TrainingMethod& method, const FindingSettings& settings,
                  std::size_t seed) {
  std::vector<std::string> overrides = plan.overrides;
  overrides.insert(overrides.end(), method.overrides.begin(), method.overrides.end());
  overrides.push_back("seed=" + std::to_string(settings.seed + seed));
  if (settings.target) overrides.push_back("loss.target.file=" + toml_text(settings.target->string()));
  return load_experiment(method.file, overrides);
}

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

/// The model's own loss, which is the van Rossum distance, and L2 to the same target.
std::array<Loss, 2> distances(const Loss& loss) {
  return {loss, SquaredErrorLoss{population_of(loss), *target_of(loss)}};
}

struct Job {
  const MatchingPlan& plan;
  const Model& model;
  bool keep_spikes = false;

  std::size_t trials_of(std::size_t wanted) const {
    return model.network.stochastic_spike_count() == 0 ? 1 : wanted;
  }

  MatchingSnapshot snapshot(const Problem& problem, Progress& progress) const {
    // Two trials at least: the Fano factor of a deterministic net is measured to be 0 like any other.
    const std::size_t trials = std::max<std::size_t>(2, trials_of(plan.statistics_trials));
    TrialRecord record = run_trials(
        problem, distances(model.loss),
        {.trials = trials, .seed = model.seed, .sample = statistics_draws, .engine = {.threads = 1}},
        progress);
    const std::size_t hidden = model.network.find("h"), output = population_of(model.loss);
    const double dt = model.network.time().dt;
    MatchingSnapshot snapshot{.van_rossum = mean(record.losses[0]),
                              .squared_error = mean(record.losses[1]),
                              .hidden = activity_statistics(record.spikes[hidden], dt),
                              .output = activity_statistics(record.spikes[output], dt)};
    if (keep_spikes) {
      snapshot.hidden_spikes = std::move(record.spikes[hidden]);
      snapshot.output_spikes = std::move(record.spikes[output]);
    }
    return snapshot;
  }

  void add_point(const Problem& problem, std::size_t epoch, bool activity, MatchingRun& run,
                 Progress& progress) const {
    TrialRecord record = run_trials(problem, distances(model.loss),
                                    {.trials = trials_of(plan.curve_trials),
                                     .seed = model.seed + (std::uint64_t{epoch} << 32),
                                     .sample = curve_draws,
                                     .engine = {.threads = 1}},
                                    progress);
    run.epochs.push_back(static_cast<double>(epoch));
    run.van_rossum.push_back(mean(record.losses[0]));
    run.squared_error.push_back(mean(record.losses[1]));
    if (!activity) return;
    // All trials of a deterministic net are the same: a second one without a second run, for its Fano factor of 0.
    const auto statistics = [&](std::vector<SpikeRaster>& trials) {
      if (trials.size() == 1) trials.push_back(trials[0]);
      return activity_statistics(trials, model.network.time().dt);
    };
    run.activity_epochs.push_back(static_cast<double>(epoch));
    run.hidden.push_back(statistics(record.spikes[model.network.find("h")]));
    run.output.push_back(statistics(record.spikes[population_of(model.loss)]));
  }

  MatchingRun run(Progress& progress) const {
    Stopwatch watch;
    MatchingRun run;
    ProblemTask task(model);
    Trainer trainer(model, task, {.threads = 1});
    const auto problem = [&] { return model.problem().at(trainer.parameters()); };
    run.before = snapshot(problem(), progress);
    // Denser at first, where the distances fall fastest: epoch E (k/n)².
    for (std::size_t k = 0; k <= plan.curve_points; ++k) {
      const std::size_t epoch =
          plan.epochs * k * k / std::max<std::size_t>(1, plan.curve_points * plan.curve_points);
      while (trainer.state().epoch < static_cast<double>(epoch)) trainer.epoch(progress);
      if (run.epochs.empty() || static_cast<double>(epoch) > run.epochs.back())
        add_point(problem(), epoch, k % plan.activity_every == 0 || k == plan.curve_points, run, progress);
    }
    run.after = snapshot(problem(), progress);
    run.seconds = watch.lap();
    return run;
  }

  /// About as many samples as run() reports.
  std::size_t work() const {
    ProblemTask task(model);
    return plan.epochs * Trainer(model, task).trials_per_epoch() +
           plan.curve_points * trials_of(plan.curve_trials) + 2 * trials_of(plan.statistics_trials);
  }
};

}  // namespace

void check_target(const MatchingPlan& plan, const FindingSettings& settings) {
  load_method(plan, plan.methods[0], settings, 0);
}

void add_seeds(MatchingMeasurement& measured, std::size_t seeds, const MatchingPlan& plan,
               const FindingSettings& settings, Progress& progress) {
  measured.runs.resize(plan.methods.size());
  const auto missing = missing_seeds(plan.methods, measured.runs, seeds, plan.seeds);
  if (missing.empty()) return;
  std::vector<Model> models;
  std::size_t work = 0;
  for (const auto& [m, s] : missing) {
    models.push_back(load_method(plan, plan.methods[m], settings, s));
    work += Job{plan, models.back()}.work();
    if (s == 0) measured.models.push_back(models.back());
    measured.runs[m].emplace_back();
  }
  progress.start("spike-train matching", work);
  parallel_for(missing.size(), settings.threads, [&](std::size_t job) {
    const auto [m, s] = missing[job];
    measured.runs[m][s] = Job{plan, models[job], s == 0}.run(progress);
  });
}

MatchingMeasurement measure_matching(const MatchingPlan& plan, const FindingSettings& settings,
                                     Progress& progress) {
  MatchingMeasurement result;
  add_seeds(result, plan.seeds, plan, settings, progress);
  const Model& first = result.models[0];
  result.target = *target_of(first.loss);
  Tape<double> silence;
  silence.output = Grid<double>(first.network.steps(), first.network.unit_count(), 0.0);
  const auto of_silence = distances(first.loss);
  result.silent_van_rossum = loss_value(of_silence[0], first.network, silence);
  result.silent_squared_error = loss_value(of_silence[1], first.network, silence);
  return result;
}

}  // namespace spikegrad
