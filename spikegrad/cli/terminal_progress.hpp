// SPDX-License-Identifier: Apache-2.0
// Progress on standard error: one line that renews itself on a terminal, plain log lines elsewhere. Also
// where Ctrl-C and SIGTERM become the exception Interrupted.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

#include "spikegrad/core/progress.hpp"

namespace spikegrad::cli {

class TerminalProgress final : public Progress {
 public:
  explicit TerminalProgress(bool quiet);
  ~TerminalProgress() override;
  TerminalProgress(TerminalProgress&&) = delete;

  void start(std::string_view task, std::size_t total) override;
  void advance(std::size_t n) override;
  /// Put before the name of every task from now on, e.g. "F2".
  void prefix(std::string text);
  /// Takes the line away, before something else is printed.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void show(Clock::time_point now);

  bool quiet_, terminal_;
  bool shown_ = false;
  std::mutex mutex_;
  std::string prefix_, task_;
  std::size_t total_ = 0, done_ = 0;
  Clock::time_point start_, last_;
};

/// From now on SIGINT, SIGTERM and SIGHUP ask running work to stop: the next Progress::advance throws
/// Interrupted.
void catch_interrupts();
/// Was that asked for?
bool interrupt_requested();

}  // namespace spikegrad::cli
