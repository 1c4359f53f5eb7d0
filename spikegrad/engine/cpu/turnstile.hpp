// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <utility>

namespace spikegrad::cpu {

/// Lets threads through in the order of their numbers, and ends them all when one fails.
class Turnstile {
 public:
  /// False: another thread has failed.
  bool wait_for(std::size_t number) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return next_ == number || failure_; });
    return !failure_;
  }
  void advance() {
    const std::lock_guard lock(mutex_);
    ++next_;
    moved_.notify_all();
  }
  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    moved_.notify_all();
  }
  void rethrow() {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::size_t next_ = 0;
  std::exception_ptr failure_;
};

}  // namespace spikegrad::cpu
