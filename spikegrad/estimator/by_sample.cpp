// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/by_sample.hpp"

namespace spikegrad {

void BySample::gradient(const Batch& batch, const BatchResults& results) {
  const Objective& objective = engine_.objective();
  const Network& network = objective.network;
  check(objective, batch, results);
  if (results.activity || !results.records.empty() || (!results.outcomes.empty() && label_of(objective.loss)))
    forward_->run(batch,
                  {.outcomes = results.outcomes, .activity = results.activity, .records = results.records});
  for (std::size_t k = 0; k < batch.samples.size(); ++k) {
    const Sample& sample = batch.samples[k];
    fill_input(network, sample.inputs, input_);
    const std::vector<double> dropout_scale = engine_.dropout_scale(batch, sample);
    const auto draws = engine_.draws(batch.seed, sample);
    const SampleOutcome outcome = this->sample(
        {network, batch.parameters, input_, *sample.loss, objective.regularisers, dropout_scale, batch.done},
        *draws, results.gradient);
    if (results.outcomes.empty()) continue;
    results.outcomes[k].loss = outcome.loss;
    results.outcomes[k].penalty = outcome.penalty;
  }
}

}  // namespace spikegrad
