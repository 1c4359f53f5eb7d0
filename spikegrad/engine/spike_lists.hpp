// SPDX-License-Identifier: Apache-2.0
// Dense arrays that hold nothing but spikes, as the lists of events that engines take at the cost of the spikes alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "spikegrad/engine/sample.hpp"

namespace spikegrad {

/// An EventList that owns its memory.
struct SpikeLists {
  std::vector<std::uint32_t> begin;
  std::vector<std::uint16_t> units;

  EventList view() const { return {begin, units}; }
};

/// The spikes in values [steps, size] of one sample. False, and nothing of use in `lists`, where a value is neither 0 nor 1
/// or there are more units than lists can name.
bool list_spikes(std::span<const float> values, std::size_t size, SpikeLists& lists);
bool list_spikes(std::span<const double> values, std::size_t size, SpikeLists& lists);

}  // namespace spikegrad
