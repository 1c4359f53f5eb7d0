// SPDX-License-Identifier: Apache-2.0
// Optimisers and learning rates of a network, one for each parameter block.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "spikegrad/model/settings.hpp"
#include "spikegrad/network/network.hpp"
#include "spikegrad/optimiser/optimiser.hpp"

namespace spikegrad {

class ParameterUpdater {
 public:
  /// Throws UserError for an unknown optimiser, or rates that are too few, too many or impossible.
  ParameterUpdater(const Network& network, const TrainingSettings& settings);

  /// One step of every block at `factor` times its rate, which ends where the block's range does. Both arrays are [parameter_count].
  void step(double factor, std::span<const double> gradient, std::span<double> parameters);

  /// What the optimisers remember, in place: [block][array].
  std::vector<std::vector<std::span<double>>> state();

 private:
  struct Block {
    std::size_t offset, size;
    double lowest, highest;  ///< of the block's parameters
    double rate;
    std::unique_ptr<Optimiser> optimiser;
  };
  std::vector<Block> blocks_;
};

}  // namespace spikegrad
