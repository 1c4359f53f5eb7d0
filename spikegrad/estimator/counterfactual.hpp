// SPDX-License-Identifier: Apache-2.0
// Counterfactual flips (local expectation gradients [T]; the adjoint form of stochastic triples [A]):
//
//   ℓ_k = L(S_k := 1) - L(S_k := 0),  all other slots keeping their uniform numbers.
//
// One of the two is the trial as it was; the other is run again from the step of k. `counterfactual` flips
// every spike slot, `counterfactual-k` K slots drawn with probability q_k ∝ f'(x_k), each counted 1/(K q_k)
// times.
#pragma once

#include <vector>

#include "spikegrad/engine/reference/engine.hpp"
#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

class Counterfactual : public Estimator, public MethodDefaults {
 public:
  static constexpr std::string_view bias = "none";
  static constexpr std::string_view source = "Titsias & Lazaro-Gredilla 2015; Arya et al. 2022";
  static constexpr bool unbiased = true;
  static constexpr std::string_view name = "counterfactual";
  static constexpr std::string_view summary = "every spike flipped in turn, later draws shared";

  /// The pass that takes the differences.
  static constexpr LearningSignal pass{.credit = true};

  explicit Counterfactual(const EstimatorSettings&) {}
  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override;

 protected:
  /// The drawn slots of the trial just run with f'(x) > 0, last step first.
  struct Candidate {
    Slot slot;
    std::size_t column;  ///< of the tape
    double slope;        ///< f'(x)
  };
  void find_candidates(const Problem& problem);
  /// ℓ_k of one slot. Slots must come with non-increasing steps.
  double difference(const Problem& problem, Draws& draws, const Candidate& k, double loss);

  ReferenceEngine engine_, flipped_;
  std::vector<Candidate> candidates_;
  Grid<double> credit_;
};

class CounterfactualSampled final : public Counterfactual {
 public:
  static constexpr std::string_view name = "counterfactual-k";
  static constexpr std::string_view summary = "K spikes flipped, drawn with probability proportional to f'";

  explicit CounterfactualSampled(const EstimatorSettings& settings)
      : Counterfactual(settings), count_(settings.counterfactuals) {}
  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override;

 private:
  std::size_t count_;
  std::vector<double> slopes_;
};

}  // namespace spikegrad
