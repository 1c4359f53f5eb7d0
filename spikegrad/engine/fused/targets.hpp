// SPDX-License-Identifier: Apache-2.0
// Which instruction sets the loops are compiled for; included before any other header of Highway. The loops
// keep arrays of vectors, so vectors without a size at compile time (SVE, RVV) are left to NEON and the
// baseline; SSSE3 gives little over what stands below it.
#pragma once

#define HWY_WANT_AVX3_DL
#include <hwy/detect_targets.h>

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
