// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/fit.hpp"

#include <string>

#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/problem_task.hpp"
#include "spikegrad/train/trainer.hpp"

namespace spikegrad {

FitResult fit(const Model& model, Task& task, const FitSettings& settings) {
  Trainer trainer(model, task, settings.engine);
  Progress quiet;
  Progress& progress = settings.progress ? *settings.progress : quiet;
  progress.start("training", model.training.epochs * trainer.trials_per_epoch());
  FitResult result;
  while (!trainer.finished()) {
    result.epochs.push_back(trainer.epoch(progress));
    if (settings.on_epoch) settings.on_epoch(result.epochs.back());
  }
  const auto best = trainer.best_parameters();
  result.parameters.assign(best.begin(), best.end());
  return result;
}

FitResult fit(const Model& model, const SpikeData& data, const FitSettings& settings) {
  DataTask task(model, data, settings.engine.threads);
  return fit(model, task, settings);
}

FitResult fit(const Model& model, const FitSettings& settings) {
  ProblemTask task(model);
  return fit(model, task, settings);
}

}  // namespace spikegrad
