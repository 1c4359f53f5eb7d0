// SPDX-License-Identifier: Apache-2.0
// Which spikegrad this is. The three numbers stand here alone: CMake reads them from this file.
#pragma once

#include <string_view>

#include "spikegrad/export.hpp"

#define SPIKEGRAD_VERSION_MAJOR 0
#define SPIKEGRAD_VERSION_MINOR 2
#define SPIKEGRAD_VERSION_PATCH 0

#define SPIKEGRAD_DETAIL_QUOTE(x) #x
#define SPIKEGRAD_DETAIL_VERSION(major, minor, patch) \
  SPIKEGRAD_DETAIL_QUOTE(major) "." SPIKEGRAD_DETAIL_QUOTE(minor) "." SPIKEGRAD_DETAIL_QUOTE(patch)

namespace spikegrad {

constexpr int version_major() {
  return SPIKEGRAD_VERSION_MAJOR;
}
constexpr int version_minor() {
  return SPIKEGRAD_VERSION_MINOR;
}
constexpr int version_patch() {
  return SPIKEGRAD_VERSION_PATCH;
}
/// "0.2.0", followed by a NUL.
constexpr std::string_view version_string() {
  return SPIKEGRAD_DETAIL_VERSION(SPIKEGRAD_VERSION_MAJOR, SPIKEGRAD_VERSION_MINOR, SPIKEGRAD_VERSION_PATCH);
}

// Of the library that is linked:

/// The first twelve digits of the git commit it was configured at; "unknown" outside a checkout.
SPIKEGRAD_EXPORT std::string_view commit();
/// "g++ 12.2.0"
SPIKEGRAD_EXPORT std::string_view compiler();
/// CMake's: "Release".
SPIKEGRAD_EXPORT std::string_view build_type();

}  // namespace spikegrad
