// SPDX-License-Identifier: Apache-2.0
// Long work called from Python. It runs in a thread of its own without the GIL, while the calling thread looks for
// signals, tells a callback how far the work is, and runs what the work wants to have run in Python.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "spikegrad/core/progress.hpp"

namespace spikegrad::python {

class Supervisor final : public Progress {
 public:
  /// `on_progress`: called as on_progress(task, done, total) some times a second, or None.
  explicit Supervisor(nanobind::object on_progress) : on_progress_(std::move(on_progress)) {}

  /// Called with the GIL. Throws what the work throws. An exception of Python (of a signal's handler, such as
  /// KeyboardInterrupt, or of a callback) makes the work end by Interrupted and comes out in its place.
  void run(const std::function<void()>& work);

  /// Called from the work: runs the errand in the calling thread, with the GIL. Throws Interrupted where that raised
  /// an exception, or where the work is to stop.
  void call(const std::function<void()>& errand);

  void start(std::string_view task, std::size_t total) override;
  void advance(std::size_t n) override;

 private:
  void look();  ///< what the calling thread does now and then, with the GIL

  nanobind::object on_progress_;
  std::mutex mutex_;
  std::condition_variable wake_, answered_;
  const std::function<void()>* errand_ = nullptr;
  bool finished_ = false;
  std::string task_;
  std::size_t total_ = 0;
  std::atomic<std::size_t> done_{0};
  std::atomic<bool> stop_{false};
  std::exception_ptr raised_;  ///< Python's
};

/// The same in one call: gives what the work gives. work(Progress&)
template <class Work>
auto supervised(nanobind::object on_progress, Work&& work) {
  Supervisor supervisor(std::move(on_progress));
  std::optional<decltype(work(supervisor))> result;
  supervisor.run([&] { result.emplace(work(supervisor)); });
  return *std::move(result);
}

}  // namespace spikegrad::python
