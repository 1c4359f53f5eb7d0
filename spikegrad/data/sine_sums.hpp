// SPDX-License-Identifier: Apache-2.0
// Sums of sines, which take most of the time of making randman.
#pragma once

#include <span>

namespace spikegrad {

struct Sine {
  double height = 0.0, frequency = 0.0, phase = 0.0;  ///< the last two in turns
};

/// sums[n] += Σ height · sin(2π (frequency · x[n] + phase)), the terms one after the other, each to 1e-15. The same
/// bits on every machine. Of x and sums the shorter counts.
void add_sines(std::span<const Sine> terms, std::span<const double> x, std::span<double> sums);

}  // namespace spikegrad
