// SPDX-License-Identifier: Apache-2.0
// DisARM (Dong, Mnih & Tucker 2020): antithetic pairs. The units that are drawn together, given all spikes before, draw again
// with 1 - U for U, while all other slots keep their numbers; with S~ and L~ of that second trial
//
//   ℓ_k = (L - L~)(S_k - S~_k) / (2 min(p_k, 1 - p_k))
//
// for all units k of this block at once (docs/derivations.md, section 14). A block is a step's units with a memory, or
// a binary population in a step, whose potentials depend on outputs of the same step.
#pragma once

#include <vector>

#include "spikegrad/engine/reference/trial.hpp"
#include "spikegrad/estimator/by_sample.hpp"

namespace spikegrad {

class Disarm final : public BySample, public MethodDefaults {
 public:
  static constexpr std::string_view name = "disarm";
  static constexpr std::string_view summary = "antithetic pair for the units of a step at once, step by step";
  static constexpr std::string_view bias = "none";
  static constexpr std::string_view source = "Dong, Mnih & Tucker 2020; Yin et al. 2020";
  static constexpr std::string_view cost =
      "1 forward pass a step and binary population, and 2; 1 backward pass; in double precision";
  static constexpr bool unbiased = true;

  static PassCount passes(const EstimatorSettings&, const Objective& objective);

  Disarm(const EstimatorSettings&, Engine& engine)
      : BySample(engine), trial_(engine.objective(), {.credit = true}), other_(engine.objective(), {}) {}

 private:
  SampleOutcome sample(const Problem& problem, Draws& draws, std::span<double> gradient) override;

  ReferenceTrial trial_, other_;
  std::vector<SpikeCredit> credits_;
};

}  // namespace spikegrad
