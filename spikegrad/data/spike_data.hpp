// SPDX-License-Identifier: Apache-2.0
// Labelled spike trains, binned to steps and kept compact: two bytes a spike, four bytes a step of a sample.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/export.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad {

/// What became of the spikes that were read: in_file = kept + cropped + merged.
struct BinningCounts {
  std::uint64_t in_file = 0;
  std::uint64_t kept = 0;     ///< the spikes of SpikeData::units
  std::uint64_t cropped = 0;  ///< at or after the end of the last step
  double last = 0.0;          ///< time of the last spike in the file, seconds
  std::uint64_t merged = 0;   ///< further spikes of a channel in a step that already had one (binary only)
};

/// Samples of labelled spike trains on one time grid.
struct SpikeData {
  std::string source;  ///< for messages
  TimeGrid time;
  std::size_t channels = 0;                ///< units are below it; at most 65,536
  std::vector<std::string> class_names{};  ///< labels are below their number
  std::vector<std::uint16_t> labels{};     ///< [samples]
  std::vector<std::uint16_t> speakers{};   ///< [samples], or empty where they are not known
  std::vector<std::uint32_t> begin{};      ///< [samples * steps + 1], rising, from 0 to units.size()
  std::vector<std::uint16_t> units{};  ///< rising within a step; a unit counted n times stands there n times
  BinningCounts counts{};
  std::size_t validation_samples = 0;  ///< so many at the end are of a validation file (data/agreement.hpp)

  std::size_t size() const { return labels.size(); }
  std::size_t classes() const { return class_names.size(); }

  /// The units that spike in step t of sample i.
  std::span<const std::uint16_t> spikes(std::size_t i, std::size_t t) const {
    const std::size_t row = i * time.steps + t;
    return {units.data() + begin[row], units.data() + begin[row + 1]};
  }
  /// All spikes of sample i, step after step; steps(i) says where each begins.
  std::span<const std::uint16_t> spikes(std::size_t i) const {
    return {units.data() + begin[i * time.steps], units.data() + begin[(i + 1) * time.steps]};
  }
  /// [steps + 1] places in `units` where the steps of sample i begin, and where the last ends.
  std::span<const std::uint32_t> steps(std::size_t i) const {
    return {begin.data() + i * time.steps, time.steps + 1};
  }
};

/// Throws UserError, naming the data, where sizes do not go together, or a label or unit is out of range. What
/// the readers and generators give is sound.
SPIKEGRAD_EXPORT void check_spike_data(const SpikeData& data);

/// The step that a time falls into, as a whole number; the one rule for binning, summaries and pictures.
/// A time that single precision has rounded down from the beginning of a step counts as there.
inline double step_at(double seconds, double dt) {
  constexpr double rounding = 0x1p-23;  // relative error of a number rounded to single precision
  return std::floor(seconds * ((1.0 + rounding) / dt));
}

/// How spike times become steps: a spike at time s falls into step floor(s / dt), where a time that single
/// precision has rounded down from the beginning of a step counts as there.
struct BinningSettings {
  double dt = 2e-3;          ///< seconds, above 0
  std::size_t steps = 350;   ///< at least 1; later spikes are cropped, and counted
  std::size_t pool = 1;      ///< so many neighbouring channels become one: unit / pool
  bool binary = true;        ///< at most one spike a channel and step; else every spike is kept
  std::size_t channels = 0;  ///< of the file, before pooling; 0: what the file says, else 700 (SHD's number)
};

}  // namespace spikegrad
