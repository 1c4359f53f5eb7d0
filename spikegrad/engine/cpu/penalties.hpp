// SPDX-License-Identifier: Apache-2.0
// The regularisers' penalty on one sample of a tile, from its spike counts, and the signals it injects: for
// each unit one number, the same in every step (loss/regulariser.hpp).
#pragma once

#include <cstddef>
#include <vector>

#include "spikegrad/engine/cpu/plan.hpp"
#include "spikegrad/engine/cpu/workspace.hpp"

namespace spikegrad::cpu {

/// Keeps its buffers from sample to sample.
class PenaltyEvaluator {
 public:
  explicit PenaltyEvaluator(const Plan& plan);

  /// Σ P of sample s. Where `gradient`, fills the steady signals of its regularised populations and adds them
  /// to the signals of the loss, which must be there.
  double evaluate(std::size_t s, Workspace& space, bool gradient);

 private:
  void count(std::size_t p, std::size_t s, Workspace& space);
  void inject(std::size_t p, std::size_t s, Workspace& space);

  const Plan& plan_;
  std::vector<bool> regularised_;         ///< [populations]
  std::vector<double> counts_, adjoint_;  ///< of the units of the current population
};

}  // namespace spikegrad::cpu
