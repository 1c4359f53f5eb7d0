// SPDX-License-Identifier: Apache-2.0
// The only file that is compiled anew after a commit (cmake/Commit.cmake).
#include "spikegrad/version.hpp"

namespace spikegrad {

std::string_view commit() {
  return SPIKEGRAD_COMMIT;
}

std::string_view compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "g++ " __VERSION__;
#else
  return "unknown";
#endif
}

std::string_view build_type() {
  return SPIKEGRAD_BUILD_TYPE;
}

}  // namespace spikegrad
