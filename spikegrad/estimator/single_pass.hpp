// SPDX-License-Identifier: Apache-2.0
// Estimators of one forward and one backward pass: the learning signal is all there is to them.
#pragma once

#include "spikegrad/engine/reference/engine.hpp"
#include "spikegrad/estimator/estimator.hpp"

namespace spikegrad {

/// `Method` has a static signal(settings).
template <class Method>
class SinglePass final : public Estimator {
 public:
  explicit SinglePass(const EstimatorSettings& settings) : signal_(Method::signal(settings)) {}

  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    const double loss = engine_.forward(problem, signal_, draws);
    engine_.backward(problem, signal_, loss, nullptr, gradient);
    return loss;
  }

 private:
  LearningSignal signal_;
  ReferenceEngine engine_;
};

/// Base of the methods' descriptions: what a method does not say of itself.
struct MethodDefaults {
  static constexpr bool unbiased = false;
  static constexpr bool deterministic = false;
  static std::string refuse(const Problem&, const EstimatorSettings&) { return {}; }
};

/// For methods that need a raster z: why this problem has none, or nothing.
inline std::string refuse_without_target(const Problem& problem) {
  if (target_of(problem.loss)) return {};
  return "needs a loss with a target spike train (squared-error, van-rossum or likelihood)";
}

/// What surrogate-type methods inject at the output.
inline LearningSignal surrogate_type(PseudoDerivative pseudo, const EstimatorSettings& settings) {
  return {.pseudo = pseudo,
          .output = settings.target_error ? OutputSignal::target_error : OutputSignal::loss,
          .forcing = settings.target_error ? Forcing::never : Forcing::as_loss,
          .target_width = settings.target_width};
}

inline std::string refuse_target_error(const Problem& problem, const EstimatorSettings& settings) {
  return settings.target_error ? refuse_without_target(problem) : std::string{};
}

}  // namespace spikegrad
