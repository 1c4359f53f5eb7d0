// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/batch_estimator.hpp"

#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/counterfactual.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/estimator/multilayer_spiker.hpp"
#include "spikegrad/estimator/score_function.hpp"

namespace spikegrad {

BatchEstimator batch_estimator(const Model& model) {
  const std::string& name = model.training.estimator;
  const EstimatorInfo& info = find_estimator(name);
  const auto refuse = [&](const std::string& why) -> BatchEstimator {
    throw UserError(model.source + ": [training] estimator = \"" + name + "\": " + why);
  };
  if (name == ScoreRunningMean::name) return {ScoreTraits::score_signal, true};
  if (name == CounterfactualSampled::name)
    return {.signal = CounterfactualSampled::pass, .flips = model.estimator.counterfactuals};
  if (!info.signal)
    return refuse(
        "needs more passes a sample than a batch has; on data sets use surrogate, smoothed, "
        "straight-through, mean-field, multilayer-spiker, score, score-running-mean or counterfactual-k");
  LearningSignal signal = info.signal(model.estimator);
  if (name == MultilayerSpiker::name) {
    signal.output = OutputSignal::loss;
    return {signal};
  }
  if (signal.output == OutputSignal::target_error || signal.forcing == Forcing::always)
    return refuse("needs a target spike train, where a data set has labels");
  return {signal};
}

}  // namespace spikegrad
