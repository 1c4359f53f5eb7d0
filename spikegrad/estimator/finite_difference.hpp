// SPDX-License-Identifier: Apache-2.0
// Central finite differences (E[L](w+h) - E[L](w-h))/2h, one parameter at a time: of the enumerated
// expectation, or of single trials that share their random numbers.
#pragma once

#include <vector>

#include "spikegrad/engine/reference/engine.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

/// Adds (loss(w + h e_i) - loss(w - h e_i))/2h to gradient_i; `loss` takes a Problem.
template <class Loss>
void add_central_differences(const Problem& problem, double h, Loss&& loss, std::span<double> gradient) {
  std::vector<double> w(problem.parameters.begin(), problem.parameters.end());
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double at = w[i];
    w[i] = at + h;
    const double above = loss(problem.at(w));
    w[i] = at - h;
    const double below = loss(problem.at(w));
    w[i] = at;
    gradient[i] += (above - below) / (2.0 * h);
  }
}

class FiniteDifference final : public Estimator, public MethodDefaults {
 public:
  static constexpr std::string_view name = "finite-difference";
  static constexpr std::string_view summary = "central differences of the enumerated expected loss";
  static constexpr std::string_view bias = "O(h^2)";
  static constexpr std::string_view source = "definition";
  static constexpr bool deterministic = true;

  static std::string refuse(const Problem& problem, const EstimatorSettings&) {
    return refuse_enumeration(problem);
  }

  explicit FiniteDifference(const EstimatorSettings& settings) : step_(settings.step) {}

  double sample(const Problem& problem, Draws&, std::span<double> gradient) override {
    add_central_differences(problem, step_, expected_loss, gradient);
    return expected_loss(problem);
  }

 private:
  double step_;
};

class FiniteDifferenceCommon final : public Estimator, public MethodDefaults {
 public:
  static constexpr std::string_view name = "finite-difference-crn";
  static constexpr std::string_view summary =
      "central differences of single trials with common random numbers";
  static constexpr std::string_view bias = "O(h^2)";
  static constexpr std::string_view source = "definition";

  explicit FiniteDifferenceCommon(const EstimatorSettings& settings) : step_(settings.noisy_step) {}

  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    const auto loss = [&](const Problem& at) { return engine_.forward(at, LearningSignal{}, draws); };
    add_central_differences(problem, step_, loss, gradient);
    return loss(problem);
  }

 private:
  double step_;
  ReferenceEngine engine_;
};

}  // namespace spikegrad
