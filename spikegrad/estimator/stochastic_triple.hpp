// SPDX-License-Identifier: Apache-2.0
// Stochastic triples [A] through the reference engine: one forward pass carries, for a direction v of
// parameter space, the value, the dual part and one alternative spike history with its weight, pruned by
// weight.
//
//   d = δ_L + w (L' - L),   E[d] = v · ∇E[L]
//
// `stochastic-triple` runs it once for each parameter, `stochastic-triple-direction` once for a random v of
// signs, a row of Sylvester's Hadamard matrix v_i = (-1)^|i & row|, and adds d v: E[v vᵀ] = 1. It is the
// forward mode of which `counterfactual` is the adjoint: there every spike slot's alternative is weighted
// with ∂p_k/∂w for all w at once (docs/stochastic-ad.md).
#pragma once

#include <vector>

#include "spikegrad/estimator/by_sample.hpp"
#include "spikegrad/estimator/triple_pass.hpp"
#include "spikegrad/stochastic_ad/estimate.hpp"
#include "spikegrad/stochastic_ad/prune.hpp"

namespace spikegrad {

/// The choices among alternatives, made by the auxiliary numbers of the trial.
class DrawsChooser {
 public:
  explicit DrawsChooser(Draws& draws) : draws_(&draws) {}
  bool below(double p) { return draws_->auxiliary_below(index_++, p); }

 private:
  Draws* draws_;
  std::uint32_t index_ = 0;
};

struct NetworkBackend : stochastic_ad::SingleAlternative<
                            stochastic_ad::EventTable<stochastic_ad::ChooseByWeight, DrawsChooser>> {};

class StochasticTriples : public BySample, public MethodDefaults {
 public:
  static constexpr std::string_view bias = "none";
  static constexpr std::string_view source = "Arya et al. 2022";
  static constexpr bool unbiased = true;

 protected:
  using BySample::BySample;
  struct Run {
    SampleOutcome outcome;
    double slope = 0;
  };
  /// One run along `direction` [parameter_count]; `chooser` makes its choices and moves on.
  Run run(const Problem& problem, Draws& draws, std::span<const double> direction, DrawsChooser& chooser);

  std::vector<double> direction_;

 private:
  TriplePass<NetworkBackend> pass_;
};

class StochasticTripleFull final : public StochasticTriples {
 public:
  static constexpr std::string_view name = "stochastic-triple";
  static constexpr std::string_view summary = "forward mode with one pruned alternative, a run per parameter";
  static constexpr std::string_view cost = "P forward passes in triples, P parameters";
  static PassCount passes(const EstimatorSettings&, const Objective& objective) {
    return {static_cast<double>(objective.network.parameter_count()), 0.0};
  }

  StochasticTripleFull(const EstimatorSettings&, Engine& engine) : StochasticTriples(engine) {}

 private:
  SampleOutcome sample(const Problem& problem, Draws& draws, std::span<double> gradient) override;
};

class StochasticTripleDirection final : public StochasticTriples {
 public:
  static constexpr std::string_view name = "stochastic-triple-direction";
  static constexpr std::string_view summary = "the same in one run along a random direction of signs";
  static constexpr std::string_view cost = "1 forward pass in triples";
  static PassCount passes(const EstimatorSettings&, const Objective&) { return {1.0, 0.0}; }

  StochasticTripleDirection(const EstimatorSettings&, Engine& engine) : StochasticTriples(engine) {}

 private:
  SampleOutcome sample(const Problem& problem, Draws& draws, std::span<double> gradient) override;
};

}  // namespace spikegrad
