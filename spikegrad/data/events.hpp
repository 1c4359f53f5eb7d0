// SPDX-License-Identifier: Apache-2.0
// Labelled spike trains in plain arrays: one flat list of spikes, and where each sample begins. What files hold,
// and what programs keep in arrays of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// Arrays of the caller's.
struct EventView {
  std::size_t channels = 0;  ///< at most 65,536; units are below it
  std::span<const std::string> class_names = {};
  std::span<const std::uint16_t> labels = {};    ///< [samples], below the number of class names
  std::span<const std::uint16_t> speakers = {};  ///< [samples], or empty where they are not known
  std::span<const std::size_t> begin = {};       ///< [samples + 1], from 0 to the number of spikes
  std::variant<std::span<const float>, std::span<const double>> times = {};  ///< seconds, in any order
  std::span<const std::uint16_t> units = {};

  std::size_t size() const { return labels.size(); }
};

/// Arrays that own their memory.
struct EventArrays {
  std::size_t channels = 0;
  std::vector<std::string> class_names = {};
  std::vector<std::uint16_t> labels = {}, speakers = {};
  std::vector<std::size_t> begin = {0};
  std::vector<double> times = {};
  std::vector<std::uint16_t> units = {};

  EventView view() const {
    return {channels, class_names, labels, speakers, begin, std::span<const double>(times), units};
  }
};

/// What reading the written file would give: binned, without a detour over the disk. `source` is for
/// messages. Throws UserError unless dt, steps and pool make sense, and the events are as described.
SPIKEGRAD_EXPORT SpikeData bin_events(const EventView& events, BinningSettings settings, std::string source);

/// The layout of data/shd_file.hpp. The file appears whole or not at all. Throws UserError if it cannot be
/// written, or the events are not as described.
SPIKEGRAD_EXPORT void write_events(const EventView& events, const std::filesystem::path& file);

/// And back, in this process. Throws as read_spike_data() does.
SPIKEGRAD_EXPORT EventArrays read_events(const std::filesystem::path& file);

}  // namespace spikegrad
