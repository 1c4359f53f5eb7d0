// SPDX-License-Identifier: Apache-2.0
// A loop over independent pieces of work. Results must not depend on who does which piece: each piece writes
// to its own place, and the caller combines them in order.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace spikegrad {

/// Runs work(i) for i = 0 … count-1 on up to `threads` threads (0: as many as the machine has). The first
/// exception ends the loop and is thrown again here.
template <class Work>
void parallel_for(std::size_t count, unsigned threads, Work&& work) {
  if (threads == 0 && count > 1) threads = std::max(1u, std::thread::hardware_concurrency());
  threads = static_cast<unsigned>(std::clamp<std::size_t>(threads, 1, std::max<std::size_t>(count, 1)));
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto run = [&] {
    for (std::size_t i; (i = next++) < count;) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next = count;
        return;
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (unsigned i = 1; i < threads; ++i) helpers.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace spikegrad
