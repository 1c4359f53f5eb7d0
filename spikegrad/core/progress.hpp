// SPDX-License-Identifier: Apache-2.0
// How long work tells how far it is, and learns that it should stop. The library never prints.
#pragma once

#include <cstddef>
#include <string_view>

#include "spikegrad/core/error.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// Thrown out of long work when the user asked it to stop.
class SPIKEGRAD_EXPORT Interrupted : public Error {
 public:
  Interrupted() : Error("interrupted") {}
};

/// A receiver that ignores everything; front ends override it.
class SPIKEGRAD_EXPORT Progress {
 public:
  virtual ~Progress() = default;
  /// A task of `total` units of work begins.
  virtual void start(std::string_view, std::size_t) {}
  /// Some of them are done. Called from any thread; may throw Interrupted.
  virtual void advance(std::size_t = 1) {}
};

/// Hands on an interrupt, and nothing of what the work below it says of its own progress.
class SPIKEGRAD_EXPORT InterruptOnly final : public Progress {
 public:
  explicit InterruptOnly(Progress& outer) : outer_(outer) {}
  void advance(std::size_t) override { outer_.advance(0); }

 private:
  Progress& outer_;
};

/// For who does not want to know.
inline Progress& no_progress() {
  static Progress nobody;  // keeps nothing
  return nobody;
}

}  // namespace spikegrad
