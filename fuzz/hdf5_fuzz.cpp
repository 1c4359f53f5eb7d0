// SPDX-License-Identifier: Apache-2.0
// Spike data files, the way every user's file is read: in a child process, because the HDF5 library crashes
// on some. Whatever the bytes, data that keep their promises or a UserError of one line.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "fuzz/expect.hpp"
#include "spikegrad/data/shd_file.hpp"

namespace {

using namespace spikegrad;

void check(const SpikeData& data) {
  fuzz::expect(data.size() > 0 && data.begin.size() == data.size() * data.time.steps + 1,
               "begin has a wrong size");
  fuzz::expect(std::is_sorted(data.begin.begin(), data.begin.end()) && data.begin.front() == 0 &&
                   data.begin.back() == data.units.size(),
               "begin is out of order");
  fuzz::expect(
      std::all_of(data.units.begin(), data.units.end(), [&](auto u) { return u < data.channels; }) &&
          std::all_of(data.labels.begin(), data.labels.end(), [&](auto l) { return l < data.classes(); }),
      "a unit or label is out of range");
  fuzz::expect(data.speakers.empty() || data.speakers.size() == data.size(), "speakers have a wrong size");
  fuzz::expect(data.counts.in_file == data.counts.kept + data.counts.cropped + data.counts.merged,
               "spikes are lost");
}

}  // namespace

#ifdef SPIKEGRAD_FUZZ
extern "C" char __start___sancov_cntrs[] __attribute__((weak)), __stop___sancov_cntrs[] __attribute__((weak));

/// What the child covers counts: the coverage counters become memory that it shares with us (whole pages of
/// them only, so that nothing else is shared).
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto from = (reinterpret_cast<std::uintptr_t>(__start___sancov_cntrs) + page - 1) / page * page;
  const auto to = reinterpret_cast<std::uintptr_t>(__stop___sancov_cntrs) / page * page;
  if (__start___sancov_cntrs == nullptr || to <= from) return 0;
  auto* const counters = reinterpret_cast<char*>(from);
  const std::vector<char> kept(counters, counters + (to - from));
  fuzz::expect(mmap(counters, to - from, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1,
                    0) == counters,
               "the coverage counters cannot be shared");
  std::memcpy(counters, kept.data(), kept.size());
  return 0;
}
#endif

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const int file = memfd_create("spikes.h5", 0);
  fuzz::expect(
      file >= 0 && ftruncate(file, 0) == 0 && pwrite(file, bytes, size, 0) == static_cast<ssize_t>(size),
      "there is no file in memory");
  const std::string path = "/dev/fd/" + std::to_string(file);
  return fuzz::expect_done_or_refused([&] { check(read_spike_data(path, {.dt = 2e-3, .steps = 20})); });
}
