// SPDX-License-Identifier: Apache-2.0
// Central finite differences (E[L](w+h) - E[L](w-h))/2h, one parameter at a time: of the enumerated
// expectation, or of single trials that share their random numbers.
#pragma once

#include <cmath>
#include <vector>

#include "spikegrad/estimator/by_sample.hpp"
#include "spikegrad/estimator/enumeration.hpp"

namespace spikegrad {

/// Adds (loss(w + h e_i) - loss(w - h e_i))/2h to gradient_i; `loss` takes parameters.
template <class Loss>
void add_central_differences(std::span<const double> parameters, double h, Loss&& loss,
                             std::span<double> gradient) {
  std::vector<double> w(parameters.begin(), parameters.end());
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double at = w[i];
    w[i] = at + h;
    const double above = loss(w);
    w[i] = at - h;
    const double below = loss(w);
    w[i] = at;
    gradient[i] += (above - below) / (2.0 * h);
  }
}

class FiniteDifference final : public BySample, public MethodDefaults {
 public:
  static constexpr std::string_view name = "finite-difference";
  static constexpr std::string_view summary = "central differences of the enumerated expected loss";
  static constexpr std::string_view bias = "O(h^2)";
  static constexpr std::string_view source = "definition";
  static constexpr std::string_view cost = "2^n forward passes for each of 2P + 1 points";
  static constexpr bool deterministic = true;

  static std::string refuse(const Objective& objective, const EstimatorSettings&) {
    return refuse_enumeration(objective);
  }
  static PassCount passes(const EstimatorSettings&, const Objective& objective) {
    const double points = 2.0 * static_cast<double>(objective.network.parameter_count()) + 1.0;
    return {points * std::exp2(static_cast<double>(free_spike_count(objective))), 0.0};
  }

  FiniteDifference(const EstimatorSettings& settings, Engine& engine)
      : BySample(engine), step_(settings.step) {}

 private:
  SampleOutcome sample(const Problem& problem, Draws&, std::span<double> gradient) override {
    add_central_differences(
        problem.parameters, step_, [&](std::span<const double> w) { return expected_loss(problem.at(w)); },
        gradient);
    return expected_outcome(problem);
  }

  double step_;
};

class FiniteDifferenceCommon final : public Estimator, public MethodDefaults {
 public:
  static constexpr std::string_view name = "finite-difference-crn";
  static constexpr std::string_view summary =
      "central differences of single trials with common random numbers";
  static constexpr std::string_view bias = "O(h^2)";
  static constexpr std::string_view source = "definition";
  static constexpr std::string_view cost = "2P + 1 forward passes, P parameters";

  static PassCount passes(const EstimatorSettings&, const Objective& objective) {
    return {2.0 * static_cast<double>(objective.network.parameter_count()) + 1.0, 0.0};
  }

  FiniteDifferenceCommon(const EstimatorSettings& settings, Engine& engine)
      : step_(settings.noisy_step), forward_(engine.prepare({})) {}

  void gradient(const Batch& batch, const BatchResults& results) override {
    std::vector<SampleOutcome> outcomes(batch.samples.size());
    const auto loss = [&](std::span<const double> w) {
      forward_->run({w, batch.samples, batch.seed, batch.dropout, batch.done}, {.outcomes = outcomes});
      double sum = 0.0;
      for (const SampleOutcome& outcome : outcomes) sum += outcome.total();
      return sum;
    };
    add_central_differences(batch.parameters, step_, loss, results.gradient);
    forward_->run(batch,
                  {.outcomes = results.outcomes, .activity = results.activity, .records = results.records});
  }
  std::size_t bytes(std::size_t samples) const override { return forward_->bytes(samples); }

 private:
  double step_;
  std::unique_ptr<Pass> forward_;
};

}  // namespace spikegrad
