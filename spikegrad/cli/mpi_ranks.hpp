// SPDX-License-Identifier: Apache-2.0
// Ranks by MPI. Compiled in where the program is built with it.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "spikegrad/core/ranks.hpp"

namespace spikegrad::cli {

class MpiRanks final : public Ranks {
 public:
  MpiRanks(int& argc, char**& argv);
  ~MpiRanks() override;

  std::size_t rank() const override { return rank_; }
  std::size_t count() const override { return count_; }
  /// These throw Interrupted where this process is asked to stop and the others do not come within a moment: most likely
  /// one of them is gone, and the launcher is ending the rest. MPI must not be asked for anything afterwards.
  void pass_through(std::span<std::byte> bytes, std::size_t piece, std::size_t working,
                    const Add& add) override;
  void broadcast(std::size_t from, std::span<std::byte> bytes) override;
  void gather(std::span<std::byte> all, std::span<const std::size_t> sizes) override;
  bool any(bool here) override;

  /// The exit codes of all; none where some are not there after `patience`.
  std::optional<std::vector<int>> meet(int code, std::optional<std::chrono::milliseconds> patience);
  /// Ends all processes.
  [[noreturn]] void abort(int code);
  /// Processes on this machine.
  std::size_t neighbours() const { return neighbours_; }
  /// Was a wait given up?
  bool lost() const { return lost_; }

  struct Work {
    double seconds = 0;    ///< of processor time, waiting not counted
    double waited = 0;     ///< seconds
    double megabytes = 0;  ///< handed on, broadcast, and given to gather()
    double messages = 0;
  };
  /// Of every rank.
  std::vector<Work> work();

 private:
  using Clock = std::chrono::steady_clock;

  /// False where it is not done within `patience`.
  bool wait(MPI_Request request, std::optional<std::chrono::milliseconds> patience = {});
  void count_message(std::size_t bytes);

  MPI_Comm all_ = MPI_COMM_NULL;
  MPI_Comm end_ = MPI_COMM_NULL;  ///< of meet() alone: others may be in the middle of something else
  std::size_t rank_ = 0, count_ = 1, neighbours_ = 1;
  bool lost_ = false, aborting_ = false;
  double megabytes_ = 0, messages_ = 0, waited_ = 0, waiting_processor_ = 0;
};

}  // namespace spikegrad::cli
