// SPDX-License-Identifier: Apache-2.0
#include "supervisor.hpp"

#include <chrono>
#include <thread>

namespace nb = nanobind;

namespace spikegrad::python {
namespace {

constexpr auto between_looks = std::chrono::milliseconds(50);

}  // namespace

void Supervisor::start(std::string_view task, std::size_t total) {
  const std::lock_guard lock(mutex_);
  task_ = task;
  total_ = total;
  done_ = 0;
}

void Supervisor::advance(std::size_t n) {
  if (stop_) throw Interrupted();
  done_ += n;
}

void Supervisor::call(const std::function<void()>& errand) {
  if (stop_) throw Interrupted();
  std::unique_lock lock(mutex_);
  errand_ = &errand;
  wake_.notify_one();
  answered_.wait(lock, [this] { return errand_ == nullptr; });
  if (stop_) throw Interrupted();
}

void Supervisor::look() {
  const nb::gil_scoped_acquire python;
  const std::function<void()>* errand = nullptr;
  std::string task;
  std::size_t total = 0;
  {
    const std::lock_guard lock(mutex_);
    errand = errand_;
    task = task_;
    total = total_;
  }
  try {
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    if (errand && !stop_) (*errand)();
    if (!on_progress_.is_none() && !task.empty()) on_progress_(task, done_.load(), total);
  } catch (...) {
    if (!raised_) raised_ = std::current_exception();
    stop_ = true;
  }
  if (!errand) return;
  const std::lock_guard lock(mutex_);
  errand_ = nullptr;
  answered_.notify_one();
}

void Supervisor::run(const std::function<void()>& work) {
  std::exception_ptr failure;
  {
    const nb::gil_scoped_release released;
    const std::jthread worker([&] {
      try {
        work();
      } catch (...) {
        failure = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      finished_ = true;
      wake_.notify_one();
    });
    std::unique_lock lock(mutex_);
    while (!finished_) {
      wake_.wait_for(lock, between_looks, [this] { return finished_ || errand_; });
      if (finished_) break;
      lock.unlock();
      look();
      lock.lock();
    }
  }
  if (raised_) std::rethrow_exception(raised_);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace spikegrad::python
