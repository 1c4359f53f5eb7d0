// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/run_alignment.hpp"

#include <algorithm>

#include "spikegrad/core/error.hpp"

namespace spikegrad {

RunAlignment align_run(const Model& model, const Task& task, const std::vector<TrainedWeights>& checkpoints,
                       const RunAlignmentSettings& settings, Progress& progress) {
  if (settings.samples == 0) throw UserError("the gradient must be on 1 sample or more");
  const Split split = task.split();
  RunAlignment result{.run = model.source,
                      .data = task.source(),
                      .samples = std::min(settings.samples, split.training.size()),
                      .training = split.training.size(),
                      .populations = {},
                      .spiking = {},
                      .blocks = {},
                      .checkpoints = {}};
  for (const Population& p : model.network.populations()) {
    result.populations.push_back(p.name);
    result.spiking.push_back(p.spikes());
  }
  for (const ParameterBlock& block : model.network.blocks()) result.blocks.push_back(block.name);
  std::vector<Sample> samples;
  for (std::size_t k = 0; k < result.samples; ++k)
    samples.push_back(task.sample(split.training[k * result.training / result.samples]));

  AlignmentSettings here = settings.alignment;
  const auto tell = [&] {
    if (settings.on_measured) settings.on_measured(result);
  };
  here.on_measured = [&](const Alignment& measured) {
    result.checkpoints.back().alignment = measured;
    tell();
  };
  const Objective objective = model.objective();
  progress.start("alignment", checkpoints.size() * alignment_work(objective, samples.size(), here));
  for (const TrainedWeights& weights : checkpoints) {
    result.checkpoints.push_back({weights.epoch, {}});
    try {
      result.checkpoints.back().alignment = align(objective, weights.parameters, samples, here, progress);
    } catch (const UserError& error) {
      throw UserError(model.source + ": " + error.what());
    }
  }
  return result;
}

}  // namespace spikegrad
