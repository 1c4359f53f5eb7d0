// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/classification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/data/agreement.hpp"
#include "spikegrad/data/event_set.hpp"
#include "spikegrad/data/shd_file.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/trainer.hpp"

namespace spikegrad {
namespace {

struct TaskData {
  SpikeData training, test;
};

Model load_method(const ClassificationPlan& plan, const TrainingMethod& method,
                  const FindingSettings& settings, std::size_t seed, std::size_t classes) {
  std::vector<std::string> overrides = plan.overrides;
  overrides.insert(overrides.end(), method.overrides.begin(), method.overrides.end());
  overrides.push_back("seed=" + std::to_string(settings.seed + seed));
  overrides.push_back("population.o.size=" + std::to_string(classes));
  overrides.insert(overrides.end(), {"training.validation=0", "training.select=last"});
  return load_experiment(method.file, overrides);
}

/// Made at one go, since most of the work is the manifolds': the first samples of every class train.
TaskData make_task(const ClassificationPlan& plan, const Model& model, std::uint64_t seed,
                   Progress& progress) {
  RandmanSettings settings = plan.randman;
  settings.seed = seed;
  settings.samples_per_class += plan.test_samples_per_class;
  InterruptOnly quiet(progress);
  const SpikeData all = bin_events(make_randman(settings, 1, quiet), binning_of(model), "randman");
  std::vector<std::uint32_t> training, test;
  for (std::uint32_t i = 0; i < all.size(); ++i)
    (i % settings.samples_per_class < plan.randman.samples_per_class ? training : test).push_back(i);
  progress.advance();
  return {subset(all, training), subset(all, test)};
}

TaskData read_task(const ClassificationPlan& plan, const Model& model, Isolation isolation) {
  const DataFiles files = find_data_files(*plan.data);
  SpikeData training = read_spike_data(files.training, binning_of(model), isolation);
  if (files.test) {
    SpikeData test = read_spike_data(*files.test, binning_of(model), isolation);
    check_channels(test, training.channels, training.source);
    match_classes(test, training.class_names, training.source);
    return {std::move(training), std::move(test)};
  }
  Model divided = model;
  divided.training.validation = plan.held_out;
  const Split split = split_for(divided, training);
  return {subset(training, split.training), subset(training, split.validation)};
}

constexpr std::size_t anneal_interval = 5;  ///< epochs

/// The same net with slopes β that are larger by `step`.
Network steeper(const Network& network, double step) {
  return with_populations(network, [step](Population& population) {
    const auto raise = [step](auto& function) {
      if constexpr (requires { function.beta; }) function.beta += step;
    };
    std::visit(raise, population.escape);
    if (population.surrogate) std::visit(raise, *population.surrogate);
  });
}

/// Trains to the end, with slopes that grow if `anneal` is not 0; `model` then has the last ones.
std::vector<double> train_to_the_end(Model& model, double anneal, DataTask& task,
                                     const EngineSettings& engine, std::vector<SampleMetrics>& metrics,
                                     Progress& progress) {
  auto trainer = std::make_unique<Trainer>(model, task, engine);
  while (!trainer->finished()) {
    metrics.push_back(trainer->epoch(progress).training);
    if (anneal == 0.0 || trainer->finished() || metrics.size() % anneal_interval != 0) continue;
    const Archive kept = trainer->save();
    trainer.reset();
    model.network = steeper(model.network, anneal);
    trainer = std::make_unique<Trainer>(model, task, engine);
    trainer->restore(kept);
  }
  return {trainer->parameters().begin(), trainer->parameters().end()};
}

ClassificationRun train_and_judge(const ClassificationPlan& plan, const TrainingMethod& method, Model model,
                                  const TaskData& data, Progress& progress) {
  Stopwatch watch;
  InterruptOnly quiet(progress);
  const bool stochastic = model.network.stochastic_spike_count() > 0;
  const EngineSettings engine{.threads = 1};
  DataTask training(model, data.training, engine.threads);
  const DataTask test(model, data.test, engine.threads);
  const auto judge = [&](const Model& judged, std::span<const double> parameters, std::size_t trials) {
    return evaluate(judged, parameters, test,
                    {.engine = engine,
                     .seed = model.seed,
                     .trials = trials,
                     .activity_samples = plan.activity_samples,
                     .activity_trials = plan.activity_trials},
                    quiet);
  };
  ClassificationRun run;
  run.before = judge(model, model.parameters, 1);
  const std::vector<double> trained =
      train_to_the_end(model, method.anneal, training, engine, run.training, progress);
  run.after = judge(model, trained, stochastic ? plan.trials : 1);
  Model swapped = model;
  swapped.network =
      model.network.with_spikes(stochastic ? OutputKind::deterministic : OutputKind::stochastic);
  run.swapped_accuracy = judge(swapped, trained, stochastic ? 1 : plan.trials).accuracy;
  run.seconds = watch.lap();
  return run;
}

/// Mean over the populations that spike.
double over_populations(const Evaluation& evaluation, double ActivityStatistics::*statistic) {
  double sum = 0.0;
  for (const PopulationActivity& p : evaluation.populations) sum += p.statistics.*statistic;
  return sum / static_cast<double>(evaluation.populations.size());
}

}  // namespace

double hidden_fano(const Evaluation& evaluation) {
  return over_populations(evaluation, &ActivityStatistics::fano);
}
double hidden_rate(const Evaluation& evaluation) {
  return over_populations(evaluation, &ActivityStatistics::rate);
}
double hidden_cv(const Evaluation& evaluation) {
  return over_populations(evaluation, &ActivityStatistics::cv);
}

BinningSettings binning_of(const Model& model) {
  const DataSettings& settings = data_settings(model);
  const TimeGrid& time = model.network.time();
  return {.dt = time.dt, .steps = time.steps, .pool = settings.pool, .binary = settings.binary};
}

void check_data(const ClassificationPlan& plan, const FindingSettings& settings) {
  if (!plan.data) return;
  const TaskData task =
      read_task(plan, load_experiment(plan.methods[0].file, plan.overrides), settings.isolation);
  const Model model =
      load_method(plan, plan.methods[0], settings, 0, std::max(task.training.classes(), task.test.classes()));
  check_fit(model, task.training);
  check_fit(model, task.test);
}

void add_seeds(ClassificationMeasurement& measured, std::size_t seeds, const ClassificationPlan& plan,
               const FindingSettings& settings, Progress& progress) {
  measured.runs.resize(plan.methods.size());
  const auto missing = missing_seeds(plan.methods, measured.runs, seeds, plan.seeds);
  if (missing.empty()) return;
  const Model first = load_experiment(plan.methods[0].file, plan.overrides);
  const std::size_t from = missing.front().seed;
  std::vector<TaskData> tasks(plan.data ? 1 : missing.back().seed + 1 - from);
  if (plan.data) {
    tasks[0] = read_task(plan, first, settings.isolation);
  } else {
    progress.start("randman, data sets", tasks.size());
    parallel_for(tasks.size(), settings.threads, [&](std::size_t t) {
      tasks[t] = make_task(plan, first, settings.seed + from + t, progress);
    });
  }

  if (measured.classes == 0) {
    const TaskData& task = tasks[0];
    measured.classes = std::max(task.training.classes(), task.test.classes());
    measured.data = fmt::format("{}, {} samples of {} classes to train and {} to judge", task.training.source,
                                task.training.size(), measured.classes, task.test.size());
  }
  std::vector<Model> models;
  std::size_t work = 0;
  for (const auto& [m, s] : missing) {
    models.push_back(load_method(plan, plan.methods[m], settings, s, measured.classes));
    const TrainingSettings& training = models.back().training;
    work += training.epochs * training.trials * tasks[0].training.size();
    if (s == 0) measured.models.push_back(models.back());
    measured.runs[m].emplace_back();
  }
  progress.start("classification, samples", work);
  parallel_for(missing.size(), settings.threads, [&](std::size_t job) {
    const auto [m, s] = missing[job];
    measured.runs[m][s] =
        train_and_judge(plan, plan.methods[m], models[job], tasks[plan.data ? 0 : s - from], progress);
  });
}

ClassificationMeasurement measure_classification(const ClassificationPlan& plan,
                                                 const FindingSettings& settings, Progress& progress) {
  ClassificationMeasurement result;
  add_seeds(result, plan.seeds, plan, settings, progress);
  return result;
}

}  // namespace spikegrad
