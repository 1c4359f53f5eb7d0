// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/memory.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

double gib(std::size_t bytes) {
  return static_cast<double>(bytes) / (1 << 30);
}

}  // namespace

std::size_t available_memory() {
  std::ifstream info("/proc/meminfo");
  for (std::string name; info >> name;) {
    std::size_t kib = 0;
    if (name == "MemAvailable:" && info >> kib) return kib << 10;
    info.ignore(1000, '\n');
  }
  return 0;
}

void check_memory(const MemoryEstimate& estimate, std::size_t available) {
  const std::size_t needed = estimate.parameters + estimate.passes;
  if (available == 0 || needed <= available) return;
  throw UserError(fmt::format(
      "training needs about {:.2g} GiB more memory ({:.2g} for weights, {:.2g} for tapes), "
      "but {:.2g} are left: use a smaller [training] batch or trials, fewer --threads, steps or units",
      gib(needed), gib(estimate.parameters), gib(estimate.passes), gib(available)));
}

}  // namespace spikegrad
