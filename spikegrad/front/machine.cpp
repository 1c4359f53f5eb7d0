// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/front/machine.hpp"

#include <fmt/core.h>

#include <fstream>
#include <thread>

namespace spikegrad {

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

}  // namespace spikegrad
