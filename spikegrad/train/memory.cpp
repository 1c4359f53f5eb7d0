// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/memory.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

std::string in_gb(std::size_t bytes) {
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
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
      "training needs about {} more memory ({} for weights, {} for tapes), "
      "but {} are left: use a smaller [training] batch or trials, fewer --threads, steps or units",
      in_gb(needed), in_gb(estimate.parameters), in_gb(estimate.passes), in_gb(available)));
}

}  // namespace spikegrad
