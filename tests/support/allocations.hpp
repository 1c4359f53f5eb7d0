// SPDX-License-Identifier: Apache-2.0
// Counts allocations: a test program that calls allocations() has its operator new replaced.
#pragma once

namespace spikegrad::testing {

/// Calls of operator new so far, by all threads of this program.
long allocations();

/// False in clang's thread sanitizer build, where the sanitizer's own operator new takes precedence.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SPIKEGRAD_ALLOCATIONS_NOT_COUNTED
#endif
#endif
#ifdef SPIKEGRAD_ALLOCATIONS_NOT_COUNTED
inline constexpr bool counts_allocations = false;
#else
inline constexpr bool counts_allocations = true;
#endif

}  // namespace spikegrad::testing
