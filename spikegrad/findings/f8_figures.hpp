// SPDX-License-Identifier: Apache-2.0
// Figures and the table of F8.
#pragma once

#include <vector>

#include "spikegrad/figure/finding.hpp"
#include "spikegrad/findings/aligned_training.hpp"

namespace spikegrad {

/// value(run) of every seed of a net, those that could not be told left out: mean and standard error.
template <class Value>
Estimate over_aligned_seeds(const std::vector<AlignedRun>& runs, const Value& value) {
  std::vector<double> values;
  for (const AlignedRun& run : runs)
    if (const double v = value(run); std::isfinite(v)) values.push_back(v);
  return values.empty() ? Estimate{} : mean_of(values);
}

/// What an estimator has in one block at a checkpoint; `member` as GradientDirection::cosine.
Estimate aligned_mean(const AlignmentMeasurement& measured, std::size_t net, std::size_t checkpoint,
                      std::size_t estimator, std::size_t block, Estimate GradientDirection::*member);

/// Cosine over the epochs of one net, a panel for each hidden block.
Figure course_figure(const AlignmentPlan& plan, const AlignmentMeasurement& measured, std::size_t net);
/// Cosine over β of the escape function, first and last hidden block; `nets` in the order of their β.
Figure slope_figure(const AlignmentPlan& plan, const AlignmentMeasurement& measured,
                    const std::vector<std::size_t>& nets);
/// Cosine and length over the distance from the readout, a curve for each depth.
Figure depth_figure(const AlignmentPlan& plan, const AlignmentMeasurement& measured,
                    const std::vector<std::size_t>& nets);
/// Cosine over the rate of the block's units, a point for each net and seed.
Figure rate_figure(const AlignmentPlan& plan, const AlignmentMeasurement& measured);
/// All nets when they are trained.
Table alignment_table(const AlignmentPlan& plan, const AlignmentMeasurement& measured);

}  // namespace spikegrad
