// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/cli/terminal_progress.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace spikegrad::cli {
namespace {

volatile std::sig_atomic_t signalled = 0;

constexpr auto renew_every = std::chrono::milliseconds(200);
constexpr auto log_every = std::chrono::seconds(15);
constexpr auto worth_mentioning = std::chrono::seconds(1);  // shorter tasks show nothing

std::string duration(double seconds) {
  if (seconds < 60) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<long>(seconds);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

}  // namespace

namespace {

void request_interrupt(int) {
  signalled = 1;
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, [](int) {
    if (signalled) std::_Exit(130);  // a second Ctrl-C does not wait
    signalled = 1;
  });
  // What batch systems and `timeout` send, some of them twice; SIGKILL is their way not to wait.
  std::signal(SIGTERM, request_interrupt);
  // A terminal that goes away; under nohup the signal stays ignored.
  if (std::signal(SIGHUP, request_interrupt) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

bool interrupt_requested() {
  return signalled != 0;
}

TerminalProgress::TerminalProgress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

TerminalProgress::~TerminalProgress() {
  clear();
}

void TerminalProgress::prefix(std::string text) {
  const std::lock_guard lock(mutex_);
  prefix_ = std::move(text);
}

void TerminalProgress::start(std::string_view task, std::size_t total) {
  const std::lock_guard lock(mutex_);
  task_ = prefix_.empty() ? std::string(task) : prefix_ + " " + std::string(task);
  total_ = total;
  done_ = 0;
  start_ = last_ = Clock::now();
}

void TerminalProgress::advance(std::size_t n) {
  if (interrupt_requested()) throw Interrupted();
  const std::lock_guard lock(mutex_);
  done_ += n;
  const auto now = Clock::now();
  if (quiet_ || now - start_ < worth_mentioning || now - last_ < (terminal_ ? renew_every : log_every))
    return;
  last_ = now;
  show(now);
}

void TerminalProgress::show(Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(done_) / seconds;
  const std::size_t left = total_ > done_ ? total_ - done_ : 0;
  const std::string line =
      fmt::format("{}: {} of {} ({:.0f} %), {:.3g}/s{}", task_, done_, total_,
                  total_ ? 100.0 * static_cast<double>(done_) / static_cast<double>(total_) : 0.0, rate,
                  done_ ? ", " + duration(static_cast<double>(left) / rate) + " left" : "");
  if (terminal_)
    fmt::print(stderr, "\r\x1b[K{}", line);
  else
    fmt::print(stderr, "{}\n", line);
  std::fflush(stderr);
  shown_ = terminal_;
}

void TerminalProgress::clear() {
  const std::lock_guard lock(mutex_);
  if (shown_) fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace spikegrad::cli
