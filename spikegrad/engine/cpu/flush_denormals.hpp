// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif
#include <cstdint>

namespace spikegrad::cpu {

/// While it lives, this thread takes floats below 1.2e-38 for 0. An operation on such a float (denormal) takes a
/// hundred cycles or more on most processors, and silent nets are full of them: potentials that decay for 87 time
/// constants, the probability of a spike far below threshold. The thread's earlier mode comes back at the end.
class FlushDenormals {
 public:
  FlushDenormals() : before_(mode()) { set_mode(before_ | flush); }
  ~FlushDenormals() { set_mode(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE2__)
  using Mode = unsigned;
  static constexpr Mode flush = 0x8040;  // results (FTZ) and operands (DAZ)
  static Mode mode() {
    return _mm_getcsr();
  }
  static void set_mode(Mode mode) {
    _mm_setcsr(mode);
  }
#elif defined(__aarch64__)
  using Mode = std::uint64_t;
  static constexpr Mode flush = Mode{1} << 24;  // FPCR.FZ
  static Mode mode() {
    Mode mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void set_mode(Mode mode) {
    asm volatile("msr fpcr, %0" : : "r"(mode));
  }
#else
  using Mode = unsigned;
  static constexpr Mode flush = 0;
  static Mode mode() {
    return 0;
  }
  static void set_mode(Mode) {}
#endif

  Mode before_;
};

}  // namespace spikegrad::cpu
