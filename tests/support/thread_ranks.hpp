// SPDX-License-Identifier: Apache-2.0
// Ranks that are threads of one process: what a test needs in place of MPI.
#pragma once

#include <cstddef>
#include <functional>

#include "spikegrad/core/ranks.hpp"

namespace spikegrad::testing {

/// Runs work(ranks) in `count` threads, each of them one rank. The first exception ends all and is thrown again here.
void run_ranks(std::size_t count, const std::function<void(Ranks&)>& work);

}  // namespace spikegrad::testing
