// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/unused_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikegrad {

bool is_random(const Model& model, const EstimatorInfo& estimator) {
  if (model.augmentation.any()) return true;
  for (const Population& p : model.network.populations())
    if (p.dropout > 0.0) return true;
  return !estimator.deterministic && model.network.stochastic_spike_count() > 0;
}

std::vector<std::string> unused_settings(const Model& model, const EstimatorInfo& estimator) {
  const TrainingSettings &t = model.training, standard;
  const OptimiserSettings &o = t.optimiser_settings, usual;
  std::vector<std::string> notes;
  const auto unused = [&](bool set, const char* name, const std::string& why) {
    if (set) notes.push_back(fmt::format("[training] {} has no effect: {}", name, why));
  };
  if (t.schedule != Schedule::step && t.schedule != Schedule::plateau) {
    const std::string why = fmt::format("it is for the schedules step and plateau, and this is \"{}\"",
                                        names_of(t.schedule)[static_cast<std::size_t>(t.schedule)]);
    unused(t.decay != standard.decay, "decay", why);
    unused(t.decay_epochs != standard.decay_epochs, "decay_epochs", why);
  }
  if (t.optimiser != "adam" && t.optimiser != "adamw") {
    const std::string why = fmt::format("it is for adam and adamw, and the optimiser is \"{}\"", t.optimiser);
    unused(o.beta1 != usual.beta1, "beta1", why);
    unused(o.beta2 != usual.beta2, "beta2", why);
    unused(o.epsilon != usual.epsilon, "epsilon", why);
  }
  unused(!t.learning_rates.empty() && t.learning_rate != standard.learning_rate, "learning_rate",
         "learning_rates has one for each block");
  const auto& blocks = model.network.blocks();
  if (std::none_of(blocks.begin(), blocks.end(),
                   [](const ParameterBlock& b) { return b.kind == ParameterKind::delay; }))
    unused(t.delay_rate != standard.delay_rate, "delay_rate", "no connection learns its delays");
  else
    unused(!t.learning_rates.empty() && t.delay_rate != standard.delay_rate, "delay_rate",
           "learning_rates has one for each block");
  unused(t.trials != standard.trials && !is_random(model, estimator), "trials",
         "nothing in this net is random, so that all would be the same");
  if (!model.data) {
    const std::string why = "the model has an input of its own, and no data set";
    unused(t.batch != standard.batch, "batch", why);
    unused(t.validation != standard.validation, "validation", why);
    unused(t.split != standard.split, "split", why);
    unused(t.select != standard.select, "select", why);
    if (model.augmentation.any()) notes.push_back("[augmentation] has no effect: " + why);
  } else if (t.validation == 0.0) {
    unused(t.split != standard.split, "split", "validation is 0");
    unused(t.select == Selection::loss, "select", "validation is 0, so that the last weights are kept");
  }
  return notes;
}

}  // namespace spikegrad
