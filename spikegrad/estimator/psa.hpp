// SPDX-License-Identifier: Apache-2.0
// Path sample-analytic estimator (Shekhovtsov, Yanush & Flach 2020): differences in place of slopes. With all other
// spikes as they were drawn, a spike k moves the loss and the probabilities of the spikes m that it reaches directly, and
//
//   ℓ_k = L(S_k = 1) - L(S_k = 0)  +  Σ_m [f(x_m at S_k = 1) - f(x_m at S_k = 0)] ℓ_m,
//
// from the last spike to the first. It is exact but for spikes m that act together (docs/derivations.md, section 14).
#pragma once

#include <string>
#include <vector>

#include "spikegrad/engine/reference/trial.hpp"
#include "spikegrad/estimator/by_sample.hpp"

namespace spikegrad {

class PathSampleAnalytic final : public BySample, public MethodDefaults {
 public:
  static constexpr std::string_view name = "psa";
  static constexpr std::string_view summary =
      "path sample-analytic: differences of f and L over whole spikes";
  static constexpr std::string_view bias =
      "from spikes that act together; none for a linear loss of the next layer";
  static constexpr std::string_view source = "Shekhovtsov et al. 2020";
  static constexpr std::string_view cost =
      "1 forward and 1 backward pass, and one f a synapse and later step, in double precision";

  static std::string refuse(const Objective& objective, const EstimatorSettings&);

  PathSampleAnalytic(const EstimatorSettings&, Engine& engine)
      : BySample(engine), trial_(engine.objective(), {.credit = true}) {}

 private:
  SampleOutcome sample(const Problem& problem, Draws& draws, std::span<double> gradient) override;

  ReferenceTrial trial_;
  std::vector<SpikeCredit> credits_;
};

}  // namespace spikegrad
