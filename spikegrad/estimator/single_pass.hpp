// SPDX-License-Identifier: Apache-2.0
// Estimators of one forward and one backward pass: the learning signal is all there is to them.
#pragma once

#include "spikegrad/estimator/method.hpp"

namespace spikegrad {

/// `Method` has a static signal(settings, objective).
template <class Method>
class SinglePass final : public Estimator {
 public:
  SinglePass(const EstimatorSettings& settings, Engine& engine)
      : pass_(engine.prepare(Method::signal(settings, engine.objective()))) {}

  void gradient(const Batch& batch, const BatchResults& results) override { pass_->run(batch, results); }
  std::size_t bytes(std::size_t samples) const override { return pass_->bytes(samples); }

 private:
  std::unique_ptr<Pass> pass_;
};

/// Base of the surrogate-type methods: the loss's signal, or the target error, through every spike.
struct SurrogateType : MethodDefaults {
  static LearningSignal through(PseudoDerivative pseudo, const EstimatorSettings& settings) {
    return {.pseudo = pseudo,
            .output = settings.target_error ? OutputSignal::target_error : OutputSignal::loss,
            .forcing = settings.target_error ? Forcing::never : Forcing::as_loss,
            .target_width = settings.target_width};
  }
  static std::string refuse(const Objective& objective, const EstimatorSettings& settings) {
    return settings.target_error ? refuse_without_target(objective) : std::string{};
  }
};

}  // namespace spikegrad
