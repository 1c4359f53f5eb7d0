// SPDX-License-Identifier: Apache-2.0
// Which instruction sets the loops are compiled for; included before any other header of Highway. The loops
// keep arrays of vectors, so vectors without a size at compile time (SVE, RVV) are left to NEON and the
// baseline; SSSE3 gives little over what stands below it. AVX3_DL is for the files that define HWY_WANT_AVX3_DL
// before: what it adds to AVX3 (AES on whole vectors, packing of 16 bits) the others do not use.
#pragma once

#include <hwy/detect_targets.h>

#undef HWY_DISABLED_TARGETS
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(_GLIBCXX_ASSERTIONS)
#define SPIKEGRAD_FEW_TARGETS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SPIKEGRAD_FEW_TARGETS
#endif
#endif
#ifdef SPIKEGRAD_FEW_TARGETS
// Debug and sanitizer builds: 8 lanes where there is AVX2, else the baseline. Each set costs them a minute of
// compiling; what differs between sets is the number of lanes, and the release tests run the others.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#else
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#endif
