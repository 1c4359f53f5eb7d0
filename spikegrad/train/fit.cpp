// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/fit.hpp"

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/ranks.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/problem_task.hpp"
#include "spikegrad/train/run.hpp"

namespace spikegrad {
namespace {

FitResult train(const Model& model, Task& task, const SpikeData* data, const FitSettings& settings) {
  if (settings.estimator && !settings.folder.empty())
    throw UserError("fit: an estimator of your own cannot be kept in " + settings.folder.string() +
                    ": a run names one of the registry");
  if (!settings.keep_checkpoints.empty() && settings.folder.empty())
    throw UserError("fit: keep_checkpoints needs a folder to keep them in");
  Trainer trainer(model, task, settings.engine, settings.estimator);
  JointProgress progress(settings.progress ? *settings.progress : no_progress(), settings.engine.ranks);
  progress.start("training", model.training.epochs * trainer.trials_per_epoch());
  FitResult result;
  const auto keep = [&](const EpochMetrics& epoch) {
    result.epochs.push_back(epoch);
    if (settings.on_epoch) settings.on_epoch(epoch);
  };
  if (settings.folder.empty() || !is_first(settings.engine.ranks)) {
    while (!trainer.finished()) keep(trainer.epoch(progress));
  } else {
    RunDescription info = describe_run(model, settings.engine.kind, data);
    info.selection = selection_text(model, trainer.split(), data);
    RunDirectory directory = RunDirectory::create(settings.folder, model, std::move(info));
    directory.set_kept(settings.keep_checkpoints);
    run_training(trainer, directory, model.network, {}, {}, progress, keep);
  }
  const auto best = trainer.best_parameters();
  result.parameters.assign(best.begin(), best.end());
  return result;
}

}  // namespace

FitResult fit(const Model& model, Task& task, const FitSettings& settings) {
  return train(model, task, nullptr, settings);
}

FitResult fit(const Model& model, const SpikeData& data, const FitSettings& settings) {
  DataTask task(model, data, settings.engine.threads);
  return train(model, task, &data, settings);
}

FitResult fit(const Model& model, const FitSettings& settings) {
  ProblemTask task(model);
  return train(model, task, nullptr, settings);
}

}  // namespace spikegrad
