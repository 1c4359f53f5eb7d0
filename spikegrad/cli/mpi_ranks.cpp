// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/cli/mpi_ranks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <climits>
#include <ctime>
#include <thread>

#include "spikegrad/cli/terminal_progress.hpp"
#include "spikegrad/core/error.hpp"

namespace spikegrad::cli {
namespace {

constexpr auto spin =
    std::chrono::milliseconds(1);  ///< a wait looks again at once for so long, then now and then
constexpr auto nap = std::chrono::microseconds(50);  ///< between looks
constexpr auto grace =
    std::chrono::milliseconds(1000);  ///< for the others, once this process is asked to stop
constexpr std::size_t most_bytes = std::size_t{1} << 30;  ///< of one message: MPI counts with int

double seconds_of(clockid_t clock) {
  std::timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void check_mpi(int code) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw UserError(fmt::format("the processes of this job cannot reach each other any more ({})",
                              std::string(text.data(), static_cast<std::size_t>(length))));
}

/// use(part) for parts of what MPI can count.
template <class Byte, class Use>
void for_parts(std::span<Byte> bytes, Use&& use) {
  for (std::size_t first = 0; first < bytes.size(); first += most_bytes)
    use(bytes.subspan(first, std::min(most_bytes, bytes.size() - first)));
}

}  // namespace

MpiRanks::MpiRanks(int& argc, char**& argv) {
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_dup(MPI_COMM_WORLD, &all_);
  MPI_Comm_dup(MPI_COMM_WORLD, &end_);
  for (MPI_Comm comm : {all_, end_}) MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
  int rank = 0, count = 1, neighbours = 1;
  MPI_Comm_rank(all_, &rank);
  MPI_Comm_size(all_, &count);
  MPI_Comm here = MPI_COMM_NULL;
  MPI_Comm_split_type(all_, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
  MPI_Comm_size(here, &neighbours);
  MPI_Comm_free(&here);
  rank_ = static_cast<std::size_t>(rank);
  count_ = static_cast<std::size_t>(count);
  neighbours_ = static_cast<std::size_t>(neighbours);
}

MpiRanks::~MpiRanks() {
  if (lost_ || aborting_) return;
  MPI_Comm_free(&all_);
  MPI_Comm_free(&end_);
  MPI_Finalize();
}

/// The main thread's processor time is taken off the work, because a wait that looks again and again uses some.
bool MpiRanks::wait(MPI_Request request, std::optional<std::chrono::milliseconds> patience) {
  int done = 0;
  check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
  if (done) return true;
  const auto start = Clock::now();
  const double processor = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  std::optional<Clock::time_point> asked;
  for (;;) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    const auto now = Clock::now();
    if (done || (patience && now - start > *patience)) break;
    if (!patience && interrupt_requested()) {
      if (!asked) asked = now;
      if (now - *asked > grace) {
        lost_ = true;
        throw Interrupted();
      }
    }
    if (now - start < spin)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(nap);
  }
  waited_ += std::chrono::duration<double>(Clock::now() - start).count();
  waiting_processor_ += seconds_of(CLOCK_THREAD_CPUTIME_ID) - processor;
  if (!done) lost_ = true;
  return done != 0;
}

void MpiRanks::count_message(std::size_t bytes) {
  megabytes_ += static_cast<double>(bytes) / 1e6;
  messages_ += 1;
}

/// All receives are posted at the beginning, no send is waited for before the last, and the broadcast of a piece begins
/// as soon as it is whole: a network's latency is paid once for each rank, not once for each piece.
void MpiRanks::pass_through(std::span<std::byte> bytes, std::size_t piece, std::size_t working,
                            const Add& add) {
  const std::size_t pieces = (bytes.size() + piece - 1) / piece, last = working - 1;
  std::vector<MPI_Request> received(pieces, MPI_REQUEST_NULL), sent = received, told = received;
  const auto part = [&](std::size_t k) {
    return bytes.subspan(k * piece, std::min(piece, bytes.size() - k * piece));
  };
  const auto size = [&](std::size_t k) { return static_cast<int>(part(k).size()); };
  const auto tell = [&](std::size_t k) {
    check_mpi(MPI_Ibcast(part(k).data(), size(k), MPI_BYTE, static_cast<int>(last), all_, &told[k]));
  };
  for (std::size_t k = 0; k < pieces && rank_ > 0 && rank_ < working; ++k)
    check_mpi(
        MPI_Irecv(part(k).data(), size(k), MPI_BYTE, static_cast<int>(rank_ - 1), 0, all_, &received[k]));
  for (std::size_t k = 0; k < pieces && rank_ < working; ++k) {
    wait(received[k]);
    add(k * piece, part(k).size());
    count_message(part(k).size());
    if (rank_ == last)
      tell(k);
    else
      check_mpi(MPI_Isend(part(k).data(), size(k), MPI_BYTE, static_cast<int>(rank_ + 1), 0, all_, &sent[k]));
  }
  for (std::size_t k = 0; k < pieces && rank_ != last; ++k) {
    wait(sent[k]);
    tell(k);
  }
  for (const MPI_Request request : told) wait(request);
}

void MpiRanks::broadcast(std::size_t from, std::span<std::byte> bytes) {
  if (from == rank_) count_message(bytes.size());
  for_parts(bytes, [&](std::span<std::byte> part) {
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(MPI_Ibcast(part.data(), static_cast<int>(part.size()), MPI_BYTE, static_cast<int>(from), all_,
                         &request));
    wait(request);
  });
}

void MpiRanks::gather(std::span<std::byte> all, std::span<const std::size_t> sizes) {
  if (all.size() > INT_MAX) {
    std::size_t at = 0;
    for (std::size_t r = 0; r < count_; at += sizes[r], ++r) broadcast(r, all.subspan(at, sizes[r]));
    return;
  }
  count_message(sizes[rank_]);
  std::vector<int> counts, places;
  int at = 0;
  for (const std::size_t size : sizes) {
    counts.push_back(static_cast<int>(size));
    places.push_back(at);
    at += static_cast<int>(size);
  }
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all.data(), counts.data(), places.data(),
                            MPI_BYTE, all_, &request));
  wait(request);
}

bool MpiRanks::any(bool here) {
  int found = here;
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallreduce(MPI_IN_PLACE, &found, 1, MPI_INT, MPI_LOR, all_, &request));
  wait(request);
  return found != 0;
}

std::optional<std::vector<int>> MpiRanks::meet(int code, std::optional<std::chrono::milliseconds> patience) {
  if (lost_) return std::nullopt;
  std::vector<int> codes(count_);
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallgather(&code, 1, MPI_INT, codes.data(), 1, MPI_INT, end_, &request));
  if (!wait(request, patience)) return std::nullopt;
  return codes;
}

void MpiRanks::abort(int code) {
  aborting_ = true;
  MPI_Abort(MPI_COMM_WORLD, code);
  std::_Exit(code);
}

std::vector<MpiRanks::Work> MpiRanks::work() {
  std::vector<Work> all(count_);
  all[rank_] = {seconds_of(CLOCK_PROCESS_CPUTIME_ID) - waiting_processor_, waited_, megabytes_, messages_};
  gather(std::as_writable_bytes(std::span(all)), std::vector<std::size_t>(count_, sizeof(Work)));
  return all;
}

}  // namespace spikegrad::cli
