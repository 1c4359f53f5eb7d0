// SPDX-License-Identifier: Apache-2.0
// What a child process covers counts: before the first input the coverage counters become memory that
// children share with the fuzzer. For fuzz targets that read in a child (core/isolated.hpp).
//
// In a file of its own without instrumented functions: where the compiler instruments one, it declares the
// ends of the counters itself, gives way to our declarations of the same names, and then registers no counter
// at all.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" char __start___sancov_cntrs[], __stop___sancov_cntrs[];

namespace {

// Memory is shared by whole pages. Spare counters, so many of them that whole pages hold all others: this
// file is linked first. libFuzzer wants as many program counters as counters.
constexpr std::size_t margin = 4096, largest = 1 << 20;
struct ProgramCounter {
  std::uintptr_t address, flags;
};
[[gnu::used, gnu::section("__sancov_cntrs")]] char spare_counters[margin] = {};
[[gnu::used, gnu::section("__sancov_pcs")]] ProgramCounter spare_program_counters[margin] = {};
char kept[largest];

}  // namespace

/// The last page reaches into the table of program counters, which nobody writes.
extern "C" __attribute__((no_sanitize("coverage"))) int LLVMFuzzerInitialize(int*, char***) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto from = (reinterpret_cast<std::uintptr_t>(__start___sancov_cntrs) + page - 1) / page * page;
  const auto to = (reinterpret_cast<std::uintptr_t>(__stop___sancov_cntrs) + page - 1) / page * page;
  void* const counters = reinterpret_cast<void*>(from);
  if (page > margin || to - from > largest) std::abort();
  std::memcpy(kept, counters, to - from);
  if (mmap(counters, to - from, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
      counters) {
    std::fputs("the coverage counters cannot be shared\n", stderr);
    std::abort();
  }
  std::memcpy(counters, kept, to - from);
  return 0;
}
