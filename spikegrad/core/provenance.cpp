// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/provenance.hpp"

#include <ctime>

#include "spikegrad/version.hpp"

namespace spikegrad {

std::string utc_now() {
  const std::time_t time = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
  return text;
}

Provenance provenance() {
  return {.version = std::string(version_string()),
          .commit = std::string(commit()),
          .build = std::string(compiler()) + ", " + std::string(build_type()),
          .date = utc_now()};
}

}  // namespace spikegrad
