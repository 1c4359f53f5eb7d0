// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/cli/mpi.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "spikegrad/core/error.hpp"

#ifdef SPIKEGRAD_WITH_MPI
#include "spikegrad/cli/mpi_ranks.hpp"
#endif

namespace spikegrad::cli {
namespace {

/// What launchers tell their processes: mpirun of Open MPI, and those that speak PMIx or PMI-2, such as Slurm's srun.
constexpr const char* open_mpi_size = "OMPI_COMM_WORLD_SIZE";
constexpr const char* open_mpi_rank = "OMPI_COMM_WORLD_RANK";

void say(std::FILE* to, const std::string& text) {
  fmt::print(to, "{}\n", text);
  std::fflush(to);
}

}  // namespace

#ifdef SPIKEGRAD_WITH_MPI
namespace {

constexpr auto patience = std::chrono::milliseconds(2000);  ///< for others to fail as this process did

MpiRanks* world = nullptr;   // as MPI_COMM_WORLD, one in a process
std::FILE* aloud = nullptr;  // standard error, also of those that are silent

bool launched() {
  for (const char* name : {open_mpi_size, open_mpi_rank, "PMIX_RANK", "PMI_RANK"})
    if (std::getenv(name)) return true;
  return false;
}

}  // namespace

Job::Job(int& argc, char**& argv) {
  aloud = stderr;
  if (!launched()) return;
  ranks_ = std::make_unique<MpiRanks>(argc, argv);
  if (ranks_->count() > 1) world = ranks_.get();
  if (is_first(world)) return;
  std::FILE* nowhere = std::fopen("/dev/null", "w");
  if (!nowhere) return;
  stdout = nowhere;
  stderr = nowhere;  // the descriptor stays for what others than this program say
}

Job::~Job() {
  world = nullptr;
}

void Job::check() const {}

int Job::end(int code, const std::string& message) {
  std::fflush(stdout);
  if (is_first(world) && !message.empty()) say(aloud, message);
  if (!world) return code;
  std::optional<std::vector<int>> others;
  try {
    others = world->meet(code, code == 0 ? std::nullopt : std::optional(patience));
  } catch (const Error&) {  // asked to stop meanwhile, or the others are out of reach
  }
  const auto with_rank = [&] {
    return fmt::format("process {} of {}: {}", world->rank(), world->count(), message);
  };
  if (!others) {
    if (!is_first(world) && !message.empty()) say(aloud, with_rank());
    world->abort(code == 0 ? 1 : code);
  }
  const auto failed = std::find_if(others->begin(), others->end(), [](int c) { return c != 0; });
  if (failed == others->end()) return 0;
  const auto first = static_cast<std::size_t>(failed - others->begin());
  if (first > 0 && first == world->rank() && !message.empty()) say(aloud, with_rank());
  return *failed;
}

Ranks* ranks() {
  return world;
}

std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string_view all(text.data(), static_cast<std::size_t>(length));
  return std::string(all.substr(0, all.find_first_of(",\n")));
}

std::string describe_work() {
  if (!world) return {};
  const auto all = world->work();
  const auto most = [&](double MpiRanks::Work::*what) {
    const auto less = [&](const auto& a, const auto& b) { return a.*what < b.*what; };
    return (*std::max_element(all.begin(), all.end(), less)).*what;
  };
  double sum = 0;
  for (const auto& one : all) sum += one.seconds;
  return fmt::format(
      "{} processes: {:.3g} s of processor time, {:.3g} at most of one; of one at most {:.3g} MB sent in {:.0f} messages, "
      "{:.3g} s waited",
      all.size(), sum, most(&MpiRanks::Work::seconds), most(&MpiRanks::Work::megabytes),
      most(&MpiRanks::Work::messages), most(&MpiRanks::Work::waited));
}

unsigned own_processors() {
  const unsigned bound =
      std::max(1u, std::thread::hardware_concurrency());  // to which the launcher has bound it
  if (!world) return bound;
  const auto all = static_cast<std::size_t>(std::max(1l, ::sysconf(_SC_NPROCESSORS_ONLN)));
  return std::min(bound, static_cast<unsigned>(std::max<std::size_t>(1, all / world->neighbours())));
}

#else

class MpiRanks {};

Job::Job(int&, char**&) {}
Job::~Job() = default;

void Job::check() const {
  const char* size = std::getenv(open_mpi_size);
  if (size && std::string_view(size) != "1")
    throw UserError(
        fmt::format("mpirun has started {} of it, but this program is built without MPI: ./run build --mpi "
                    "builds one with it, build-mpi/spikegrad",
                    size));
}

int Job::end(int code, const std::string& message) {
  const char* rank = std::getenv(open_mpi_rank);
  if (!message.empty() && (!rank || std::string_view(rank) == "0")) say(stderr, message);
  return code;
}

Ranks* ranks() {
  return nullptr;
}
std::string mpi_version() {
  return "no";
}
std::string describe_work() {
  return {};
}
unsigned own_processors() {
  return std::max(1u, std::thread::hardware_concurrency());
}

#endif

}  // namespace spikegrad::cli
