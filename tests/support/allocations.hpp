// SPDX-License-Identifier: Apache-2.0
// Counts allocations: a test program that calls allocations() has its operator new replaced.
#pragma once

namespace spikegrad::testing {

/// Calls of operator new so far, by all threads of this program.
long allocations();

}  // namespace spikegrad::testing
