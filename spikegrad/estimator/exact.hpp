// SPDX-License-Identifier: Apache-2.0
// Exact enumeration: the sum over all spike histories, for small nets,
//
//   dE[L]/dw = Σ_S P(S) [∂L/∂w + L Σ_k d log P(S_k | S_<k)/dw].
#pragma once

#include <cmath>

#include "spikegrad/estimator/by_sample.hpp"
#include "spikegrad/estimator/enumeration.hpp"

namespace spikegrad {

class ExactEnumeration final : public BySample, public MethodDefaults {
 public:
  static constexpr std::string_view name = "exact";
  static constexpr std::string_view summary = "the sum over all 2^n spike histories";
  static constexpr std::string_view bias = "none";
  static constexpr std::string_view source = "definition";
  static constexpr std::string_view cost = "a forward and a backward pass for each of 2^n histories";
  static constexpr bool unbiased = true;
  static constexpr bool deterministic = true;

  static std::string refuse(const Objective& objective, const EstimatorSettings&) {
    return refuse_enumeration(objective);
  }
  static PassCount passes(const EstimatorSettings&, const Objective& objective) {
    const double histories = std::exp2(static_cast<double>(free_spike_count(objective)));
    return {histories, histories};
  }

  ExactEnumeration(const EstimatorSettings&, Engine& engine) : BySample(engine) {}

 private:
  SampleOutcome sample(const Problem& problem, Draws&, std::span<double> gradient) override {
    const Expectation exact = exact_gradient(problem);
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += exact.gradient[i];
    return {.loss = exact.loss - exact.penalty, .penalty = exact.penalty};
  }
};

}  // namespace spikegrad
