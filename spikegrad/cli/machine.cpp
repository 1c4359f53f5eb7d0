// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/cli/machine.hpp"

#include <fmt/core.h>

#include <ctime>
#include <fstream>
#include <thread>

namespace spikegrad::cli {

std::string now() {
  const std::time_t time = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
  return text;
}

std::string machine() {
  std::ifstream info("/proc/cpuinfo");
  std::string processor = "processor of unknown name";
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) {
      processor = line.substr(line.find(':') + 2);
      break;
    }
  return fmt::format("{}, {} threads", processor, std::thread::hardware_concurrency());
}

}  // namespace spikegrad::cli
