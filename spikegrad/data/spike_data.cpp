// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/spike_data.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spikegrad/core/error.hpp"

namespace spikegrad {

void check_spike_data(const SpikeData& data) {
  const auto fail = [&](const std::string& what) { throw UserError(data.source + ": " + what); };
  const std::size_t rows = data.size() * data.time.steps;
  if (data.size() == 0) fail("has no samples");
  if (data.begin.size() != rows + 1)
    fail(fmt::format("{} samples of {} steps must have {} places where steps begin, not {}", data.size(),
                     data.time.steps, rows + 1, data.begin.size()));
  if (data.begin.front() != 0 || data.begin.back() != data.units.size() ||
      !std::is_sorted(data.begin.begin(), data.begin.end()))
    fail(fmt::format("the places where steps begin must rise from 0 to {}, the number of spikes",
                     data.units.size()));
  if (!data.speakers.empty() && data.speakers.size() != data.size())
    fail(fmt::format("has {} speakers: must be as many as samples, {}", data.speakers.size(), data.size()));
  if (data.validation_samples > data.size()) fail("has more validation samples than samples");
  for (const std::uint16_t label : data.labels)
    if (label >= data.classes())
      fail(fmt::format("label {}: must be below the number of classes, {}", label, data.classes()));
  for (const std::uint16_t unit : data.units)
    if (unit >= data.channels)
      fail(fmt::format("a spike of channel {}: must be below their number, {}", unit, data.channels));
}

}  // namespace spikegrad
