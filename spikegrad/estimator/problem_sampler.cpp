// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/problem_sampler.hpp"

#include <utility>

namespace spikegrad {

ProblemSampler::ProblemSampler(const Problem& problem, const EstimatorFactory& make)
    : parameters_(problem.parameters),
      inputs_(views_of(problem.network, problem.input)),
      done_(problem.done),
      sample_{.inputs = inputs_, .loss = &problem.loss},
      engine_(problem.objective(), 1) {
  engine_.set_dropout_scale(problem.dropout_scale);
  estimator_ = make(engine_);
}

SampleOutcome ProblemSampler::outcome(Draws& draws, std::span<double> gradient) {
  SampleOutcome outcome;
  engine_.draw_from(&draws);
  estimator_->gradient({.parameters = parameters_, .samples = {&sample_, 1}, .done = done_},
                       {.gradient = gradient, .outcomes = {&outcome, 1}});
  return outcome;
}

double ProblemSampler::sample_at(std::span<const double> parameters, Draws& draws,
                                 std::span<double> gradient) {
  const std::span<const double> before = std::exchange(parameters_, parameters);
  const double loss = sample(draws, gradient);
  parameters_ = before;
  return loss;
}

}  // namespace spikegrad
