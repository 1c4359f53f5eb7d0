// SPDX-License-Identifier: Apache-2.0
// Files in the layout of SHD for tests, right ones and wrong ones.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/core/hdf5.hpp"

namespace spikegrad {

/// What goes into the file; `without` names what is left out.
template <class Time = float>
struct SpikeFile {
  std::vector<std::vector<Time>> times{{}};
  std::vector<std::vector<std::int32_t>> units{{}};
  std::vector<std::int32_t> labels{0};
  std::vector<std::int32_t> speakers{};
  std::vector<std::string> keys{"zero", "one"};
  std::int64_t channels = 0;  ///< 0: not in the file
  std::string without{};

  void write(hdf5::File& file) const {
    std::vector<std::span<const Time>> time_rows(times.begin(), times.end());
    std::vector<std::span<const std::int32_t>> unit_rows(units.begin(), units.end());
    if (without != "spikes/times") file.write_ragged<Time>("spikes/times", time_rows);
    if (without != "spikes/units") file.write_ragged<std::int32_t>("spikes/units", unit_rows);
    if (without != "labels") file.write<std::int32_t>("labels", labels);
    if (!keys.empty()) file.write_strings("extra/keys", keys);
    if (!speakers.empty()) file.write<std::int32_t>("extra/speaker", speakers);
    if (channels != 0) file.write<std::int64_t>("extra/channels", std::span(&channels, 1), {});
  }
  std::string bytes() const {
    hdf5::File file = hdf5::File::create_in_memory();
    write(file);
    return file.bytes();
  }
};

}  // namespace spikegrad
