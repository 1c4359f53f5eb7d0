// SPDX-License-Identifier: Apache-2.0
// Spike times to steps, a sample at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/data/spike_data.hpp"

namespace spikegrad {

inline constexpr std::size_t most_binned_steps = 1'000'000;  ///< of a sample

/// Throws UserError unless dt, steps and pool make sense.
void check_binning(const BinningSettings& settings);

/// Bins samples one after another, into blocks that never move: no more memory than the result needs.
class Binning {
 public:
  /// `source` begins the messages; settings.channels must be given.
  Binning(std::string source, const BinningSettings& settings);

  /// The next sample: spike k is of unit units[k] at times[k] seconds, in any order. Throws UserError, naming
  /// the sample and the spike, unless there are as many times as units, and every time is finite and not
  /// negative and every unit below settings.channels.
  void add(std::span<const double> times, std::span<const std::int64_t> units);

  const BinningCounts& counts() const { return counts_; }
  std::size_t channels() const { return (settings_.channels + settings_.pool - 1) / settings_.pool; }
  /// What SpikeData::begin will be.
  const std::vector<std::uint32_t>& begin() const { return begin_; }
  std::vector<std::uint32_t>& begin() { return begin_; }
  /// What SpikeData::units will be. Ends the binning: the blocks are given up as they are copied.
  std::vector<std::uint16_t> take_units();
  /// The same in pieces, one after the other.
  std::vector<std::vector<std::uint16_t>>& blocks() { return blocks_; }

 private:
  void keep(std::size_t step, std::span<std::uint16_t> units);

  std::string source_;
  BinningSettings settings_;
  BinningCounts counts_;
  std::vector<std::uint32_t> begin_{0};
  std::vector<std::vector<std::uint16_t>> blocks_;
  std::size_t samples_ = 0;
  // of the sample at hand
  std::vector<std::uint32_t> step_of_, place_;
  std::vector<std::uint16_t> sorted_;
};

}  // namespace spikegrad
