// SPDX-License-Identifier: Apache-2.0
// Processes that do one piece of work together ("ranks"). All run the same program on the same input and take every
// decision alike; what they share is work. The library asks for no more than this interface, which the program
// implements with MPI and the tests with threads.
//
// Every function but rank() and count() is a collective: all ranks call it, in the same order, each from one thread. Where another rank is gone they throw Interrupted or UserError.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

class SPIKEGRAD_EXPORT Ranks {
 public:
  virtual ~Ranks() = default;
  virtual std::size_t rank() const = 0;   ///< of this process, from 0
  virtual std::size_t count() const = 0;  ///< of processes
  /// The bytes of rank 0 go through ranks 0 … working - 1 in pieces of at most `piece` bytes, so that all of them work at
  /// once: a rank has a piece as the one before left it, calls add(first, size) on it, and hands it on. Afterwards
  /// every rank has what the last one left.
  using Add = std::function<void(std::size_t first, std::size_t size)>;
  virtual void pass_through(std::span<std::byte> bytes, std::size_t piece, std::size_t working,
                            const Add& add) = 0;
  virtual void broadcast(std::size_t from, std::span<std::byte> bytes) = 0;
  /// `all` holds a part of each rank, in their order, of `sizes` bytes [count]. This rank's is there before; afterwards
  /// all are.
  virtual void gather(std::span<std::byte> all, std::span<const std::size_t> sizes) = 0;
  /// Is it true on any rank?
  virtual bool any(bool here) = 0;
};

/// Does this process write files and speak to the user? Without ranks it does.
inline bool is_first(const Ranks* ranks) {
  return !ranks || ranks->rank() == 0;
}

/// Those of `total` pieces that fall to rank r of `ranks`: neighbours, as even as can be.
inline std::pair<std::size_t, std::size_t> share_of(std::size_t total, std::size_t r, std::size_t ranks) {
  return {total * r / ranks, total * (r + 1) / ranks};
}

/// Ends the work of all ranks where one of them is asked to. advance() is a collective.
class SPIKEGRAD_EXPORT JointProgress final : public Progress {
 public:
  /// ranks: null: this process alone.
  JointProgress(Progress& inner, Ranks* ranks) : inner_(inner), ranks_(ranks) {}

  void start(std::string_view task, std::size_t total) override { inner_.start(task, total); }
  void advance(std::size_t n) override {
    if (!ranks_) return inner_.advance(n);
    bool asked = false;
    try {
      inner_.advance(n);
    } catch (const Interrupted&) {
      asked = true;
    }
    if (ranks_->any(asked)) throw Interrupted();
  }

 private:
  Progress& inner_;
  Ranks* ranks_;
};

}  // namespace spikegrad
