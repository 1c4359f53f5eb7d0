// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/engine.hpp"

#include <algorithm>
#include <thread>

#include "spikegrad/engine/cpu/pass.hpp"

namespace spikegrad {

CpuEngine::CpuEngine(const Objective& objective, unsigned threads)
    : Engine(objective), threads_(threads ? threads : std::max(1u, std::thread::hardware_concurrency())) {}

std::unique_ptr<Pass> CpuEngine::prepare(const LearningSignal& signal) {
  return std::make_unique<cpu::CpuPass>(objective(), signal, threads_);
}

std::size_t CpuEngine::group_size() const {
  return cpu::samples_a_group;
}

std::string CpuEngine::instruction_set() {
  return cpu::kernels().instruction_set;
}

}  // namespace spikegrad
