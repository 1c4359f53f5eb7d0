// SPDX-License-Identifier: Apache-2.0
// The program as one of several processes that mpirun started. The first of them speaks and writes files, the others
// are silent. Without MPI (CMake option SPIKEGRAD_MPI) all of this is there, and there is one process.
#pragma once

#include <memory>
#include <string>

#include "spikegrad/core/ranks.hpp"

namespace spikegrad::cli {

class MpiRanks;

/// From main() to its end. There is one of it.
class Job {
 public:
  /// Joins the others where a launcher has started any.
  Job(int& argc, char**& argv);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Throws UserError where a launcher has started several and this program cannot join them.
  void check() const;
  /// Says how this process ended, in one line or none, and waits for the others. Gives the exit code of the job. Where
  /// others do not come to an end as well, it ends them.
  int end(int code, const std::string& message);

 private:
  std::unique_ptr<MpiRanks> ranks_;
};

/// The processes that work together, from Job's beginning to its end; null where there is one.
Ranks* ranks();

/// For --version: the library that is in, or "no".
std::string mpi_version();

/// One line on what the processes did and sent to each other until now, by all; empty where there is one.
std::string describe_work();

/// Threads that --threads 0 stands for: the processors that this process has to itself.
unsigned own_processors();

}  // namespace spikegrad::cli
