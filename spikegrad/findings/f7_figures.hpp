// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "spikegrad/core/jackknife.hpp"
#include "spikegrad/figure/finding.hpp"
#include "spikegrad/findings/matching.hpp"

namespace spikegrad {

/// The rows, tables and figures of F7, from what was measured.
FindingResult judge_matching(const MatchingPlan& plan, const MatchingMeasurement& measured);

/// Distances, rates and Fano factors over the epochs, rasters, single units from trial to trial, statistics of the
/// spikes and their histograms.
std::vector<Figure> matching_figures(const MatchingPlan& plan, const MatchingMeasurement& measured);

/// All numbers before and after training, per method.
Table matching_table(const MatchingPlan& plan, const MatchingMeasurement& measured);

}  // namespace spikegrad
