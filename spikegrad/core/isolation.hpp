// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace spikegrad {

/// Where a file is read whose reader trusts what it reads, as the HDF5 library does: a damaged file can crash
/// it. The same data and the same errors come out either way.
enum class Isolation : std::uint8_t {
  /// In the process that asks, without a fork: for programs that run threads of their own or must not fork
  /// (Python, MPI), and for files that can be trusted. A file that crashes the HDF5 library ends the process.
  none,
  /// In a child process (core/isolated.hpp): such a file is a UserError. For programs that read files of
  /// strangers and may fork, as the command line does. The data are in memory twice for a moment.
  child
};

}  // namespace spikegrad
