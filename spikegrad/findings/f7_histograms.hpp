// SPDX-License-Identifier: Apache-2.0
// F7: how rates, intervals and their regularity are spread over the units of trained nets.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/figure/figure.hpp"
#include "spikegrad/findings/matching.hpp"

namespace spikegrad {

/// Share of the values in each of `bins` equal bins from `low` to `high`, as steps; values outside count for the first
/// or last bin, what is not a number for none.
Series histogram(const std::string& name, std::span<const double> values, double low, double high,
                 std::size_t bins);

/// Times between the successive spikes of each unit within a trial, in ms.
std::vector<double> intervals_of(std::span<const SpikeRaster> trials, double dt);

/// Of the stochastic and the deterministic net after training, first seed.
Figure histograms_figure(const MatchingPlan& plan, const MatchingMeasurement& measured);

}  // namespace spikegrad
