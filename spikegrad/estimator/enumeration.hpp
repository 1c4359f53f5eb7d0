// SPDX-License-Identifier: Apache-2.0
// Exact expectations over all draws. A trial, or any estimator, only ever asks whether a slot's uniform
// number is below some p; the answers form a tree, whose branches this source of draws takes one after
// another with their probabilities. So the expectation of an estimator is found exactly by running the
// estimator itself, shared draws, random selections and all.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "spikegrad/engine/draws.hpp"
#include "spikegrad/engine/problem.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

class SPIKEGRAD_EXPORT BranchingDraws final : public Draws {
 public:
  bool below(const Slot& slot, double p) override { return answer(slot, p); }
  bool auxiliary_below(std::uint32_t index, double p) override {
    return answer(Slot{index, 0, 0, auxiliary}, p);
  }
  /// Probability of the answers given since the start of this path.
  double probability() const { return probability_; }
  /// Turns to the next path; false when there is none left.
  bool next_path();

 private:
  static constexpr std::uint32_t auxiliary = 0xFFFFFFFFu;  // a replica number that no trial has

  struct Cell {
    Slot slot;
    double low = 0.0, high = 1.0;  ///< the slot's number is known to lie in [low, high)
  };
  bool answer(const Slot& slot, double p);

  std::vector<bool> answers_;  ///< the path's branchings so far; true is taken first
  std::size_t position_ = 0;
  double probability_ = 1.0;
  std::vector<Cell> cells_;
};

struct Expectation {
  double loss = 0.0;             ///< E[L], of the trial that the estimator reports
  double penalty = 0.0;          ///< the regularisers' part of it
  std::vector<double> gradient;  ///< E of the sample
  std::size_t paths = 0;
};

/// Largest number of spikes whose 2^n histories exact enumeration accepts.
inline constexpr std::size_t largest_enumeration = 20;

/// Why the objective's histories cannot be enumerated (how large it is, what would fit); empty where they
/// can.
SPIKEGRAD_EXPORT std::string refuse_enumeration(const Objective& objective);

/// Exact expectation of an estimator, which begins each path in the state in which it was made. Throws
/// UserError as above, and when the estimator's own tree has more than 2^largest_enumeration paths.
SPIKEGRAD_EXPORT Expectation enumerate(const Problem& problem, const EstimatorFactory& make);
SPIKEGRAD_EXPORT Expectation enumerate(const Problem& problem, const EstimatorInfo& info,
                                       const EstimatorSettings& settings = {});

/// E[L], exactly; expected_outcome(): its parts.
SPIKEGRAD_EXPORT double expected_loss(const Problem& problem);
SPIKEGRAD_EXPORT SampleOutcome expected_outcome(const Problem& problem);

/// dE[L]/dw, exactly: the enumerated score function. Same errors.
SPIKEGRAD_EXPORT Expectation exact_gradient(const Problem& problem);

}  // namespace spikegrad
