// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <variant>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/cpu/plan.hpp"

namespace spikegrad {
namespace {

/// Weights as the CPU engine packs them (engine/cpu/plan.cpp): targets in whole vectors, and about as
/// many rows of zeros beside a kernel as it has taps.
std::size_t packed_weights(const Network& network) {
  std::size_t count = 0;
  for (const Connection& c : network.connections()) {
    const Population &from = network.populations()[c.from], &to = network.populations()[c.to];
    const auto* conv = std::get_if<Conv1d>(&c.kind);
    count += conv ? from.shape.channels * 2 * conv->kernel * cpu::padded_to_lanes(to.shape.channels)
                  : from.size() * cpu::padded_to_lanes(to.size());
  }
  return count;
}

double gib(std::size_t bytes) {
  return static_cast<double>(bytes) / (1 << 30);
}

}  // namespace

MemoryEstimate estimate_memory(const Model& model, const SpikeData& data, const EngineSettings& settings) {
  const Network& network = model.network;
  const std::size_t parameters = network.parameter_count(), steps = network.steps();
  const std::size_t threads =
      settings.threads ? settings.threads : std::max(1u, std::thread::hardware_concurrency());
  MemoryEstimate estimate;
  estimate.data = data.begin.size() * sizeof(data.begin[0]) + data.units.size() * sizeof(data.units[0]);
  // Present, best and gradient; up to three numbers of the optimiser; as many again while a checkpoint is
  // written, twice.
  estimate.parameters = parameters * sizeof(double) * (3 + 3 + 2 * 5);
  if (settings.kind == EngineKind::cpu) {
    // x, a signal and an index a unit and step, and a gradient a thread, in two engines.
    std::size_t tape = cpu::largest_tile * steps * network.unit_count() * (2 * sizeof(float) + 3);
    // And the states, where the backward pass needs them.
    for (std::size_t p = 0; p < network.populations().size(); ++p) {
      const Population& population = network.populations()[p];
      // Where units drop out: their signals apart from the others, and a value for each place in a list.
      if (population.dropout > 0.0) tape += cpu::largest_tile * steps * population.size() * 2 * sizeof(float);
      if (population.learn_time_constants != LearnTimeConstants::none || population.differentiate_reset)
        tape += cpu::largest_tile * steps * population.size() * network.layout(p).state_size * sizeof(float);
    }
    const std::size_t packed = packed_weights(network) * sizeof(float);
    estimate.tapes = 2 * threads * (tape + packed) + 6 * packed;
  } else {
    const std::size_t tape = steps * sizeof(double) * (5 * network.unit_count() + network.state_count());
    const std::size_t groups = (model.training.batch * model.training.trials + 7) / 8;
    estimate.tapes = threads * tape + groups * parameters * sizeof(double);
  }
  return estimate;
}

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
  const std::size_t needed = estimate.parameters + estimate.tapes;
  if (available == 0 || needed <= available) return;
  throw UserError(
      fmt::format("training needs about {:.2g} GiB more memory ({:.2g} for weights, {:.2g} for tapes), "
                  "but {:.2g} are left: use fewer --threads, steps or units",
                  gib(needed), gib(estimate.parameters), gib(estimate.tapes), gib(available)));
}

}  // namespace spikegrad
