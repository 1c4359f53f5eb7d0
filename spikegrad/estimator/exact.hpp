// SPDX-License-Identifier: Apache-2.0
// Exact enumeration: the sum over all spike histories, for small nets.
#pragma once

#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

class ExactEnumeration final : public Estimator, public MethodDefaults {
 public:
  static constexpr std::string_view name = "exact";
  static constexpr std::string_view summary = "the sum over all 2^n spike histories";
  static constexpr std::string_view bias = "none";
  static constexpr std::string_view source = "definition";
  static constexpr bool unbiased = true;
  static constexpr bool deterministic = true;

  static std::string refuse(const Problem& problem, const EstimatorSettings&) {
    return refuse_enumeration(problem);
  }

  explicit ExactEnumeration(const EstimatorSettings&) {}

  double sample(const Problem& problem, Draws&, std::span<double> gradient) override {
    const Expectation exact = exact_gradient(problem);
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += exact.gradient[i];
    return exact.loss;
  }
};

}  // namespace spikegrad
