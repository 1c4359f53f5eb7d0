// SPDX-License-Identifier: Apache-2.0
// Generated spike data with times that are not binned, and what becomes of them: a file, or binned data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

struct SPIKEGRAD_EXPORT EventSet {
  std::size_t channels = 0;  ///< at most 65,536
  std::vector<std::string> class_names = {};
  std::vector<std::uint16_t> labels = {};  ///< [samples]
  std::vector<std::size_t> begin{0};       ///< [samples + 1], places in times and units
  std::vector<float> times = {};  ///< seconds, rising within a sample; on a grid, the middle of the step
  std::vector<std::uint16_t> units = {};
  std::vector<std::uint16_t> speakers = {};  ///< [samples], or empty where they are not known

  std::size_t size() const { return labels.size(); }

  /// Ends the sample whose spikes were appended to `times` and `units` since the last; sorts them by time,
  /// then unit. Throws UserError where these are not as many.
  void end_sample(std::uint16_t label);
};

/// What reading the written file would give: binned, without a detour over the disk. `source` is for
/// messages. Throws UserError unless dt, steps and pool make sense, and the events are as described.
SPIKEGRAD_EXPORT SpikeData bin_events(const EventSet& events, BinningSettings settings, std::string source);

/// The layout of data/shd_file.hpp, times in single precision. The file appears whole or not at all. Throws
/// UserError if it cannot be written.
SPIKEGRAD_EXPORT void write_event_set(const EventSet& events, const std::filesystem::path& file);

}  // namespace spikegrad
