// SPDX-License-Identifier: Apache-2.0
// A pass whose sum over the groups of a batch can be taken in pieces, by an engine that spreads groups over processes
// (engine/ranks/). The sum is what it always is,
//
//   ((gradient + group 0) + group 1) + …,
//
// in the numbers and the order of this pass's own loops, so that its bits do not depend on who adds which group.
#pragma once

#include <cstddef>
#include <span>

#include "spikegrad/engine/engine.hpp"

namespace spikegrad {

class GroupedPass : public Pass {
 public:
  /// run(), but the groups' gradients are kept, and results.gradient is only where the sum begins.
  virtual void run_groups(const Batch& batch, const BatchResults& results) = 0;
  /// The sum so far, in bytes that another process of the same program and plan reads and goes on with.
  virtual std::span<std::byte> sum() = 0;
  /// Adds the kept groups, in their order, to the bytes first … first + size - 1 of the sum; once for each byte.
  virtual void add_groups(std::size_t first, std::size_t size) = 0;
  /// `first` is a multiple of this.
  static constexpr std::size_t piece = 64;
  /// The sum in the order of the parameters.
  virtual void give_sum(std::span<double> gradient) const = 0;
  /// Memory of run_groups(), as bytes() has it.
  virtual std::size_t grouped_bytes(std::size_t samples) const = 0;
};

}  // namespace spikegrad
