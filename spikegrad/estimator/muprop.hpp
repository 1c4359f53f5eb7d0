// SPDX-License-Identifier: Apache-2.0
// MuProp (Gu et al. 2016): a score function whose control variate is the mean-field net, linearised. With L0 the mean-field
// net's loss, L0'_j the derivative of it with respect to the output j, and p0_j that output,
//
//   ℓ_k = [L - L0 - Σ_{j<=k} L0'_j (S_j - p0_j)] (S_k - p_k)/(p_k (1 - p_k)) + L0'_k.
//
// Only j <= k, since later spikes depend on S_k (docs/derivations.md, section 14).
#pragma once

#include <vector>

#include "spikegrad/engine/reference/trial.hpp"
#include "spikegrad/estimator/by_sample.hpp"

namespace spikegrad {

class MuProp final : public BySample, public MethodDefaults {
 public:
  static constexpr std::string_view name = "muprop";
  static constexpr std::string_view summary =
      "score function, the linearised mean-field net as control variate";
  static constexpr std::string_view bias = "none";
  static constexpr std::string_view source = "Gu et al. 2016";
  static constexpr std::string_view cost = "2 forward and 2 backward passes, in double precision";
  static constexpr bool unbiased = true;

  static PassCount passes(const EstimatorSettings&, const Objective&) { return {2.0, 2.0}; }

  MuProp(const EstimatorSettings&, Engine& engine)
      : BySample(engine),
        trial_(engine.objective(), {.credit = true}),
        mean_(engine.objective(),
              {.forward = ForwardMode::mean_field, .pseudo = PseudoDerivative::smoothed}) {}

 private:
  SampleOutcome sample(const Problem& problem, Draws& draws, std::span<double> gradient) override;

  ReferenceTrial trial_, mean_;
  std::vector<SpikeCredit> credits_;
  std::vector<double> unused_;
};

}  // namespace spikegrad
