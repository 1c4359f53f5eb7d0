// SPDX-License-Identifier: Apache-2.0
// Where a result comes from: what its file says, so that it can be made again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spikegrad/export.hpp"

namespace spikegrad {

struct Provenance {
  std::string version = {}, commit = {}, build = {};  ///< of the library; build: compiler and build type
  std::string date = {};                              ///< UTC, ISO 8601
  std::string command = {};                           ///< the command line, as a shell takes it
  std::string model = {};                             ///< the model file that was given
  std::vector<std::string> set = {};                  ///< and the changes to it
  std::uint64_t seed = 0;
  unsigned threads = 0;  ///< 0: all there were
};

/// "2026-11-28T03:45:00Z"
SPIKEGRAD_EXPORT std::string utc_now();

/// Version, commit, build and date of this moment; the rest is the caller's to say.
SPIKEGRAD_EXPORT Provenance provenance();

}  // namespace spikegrad
