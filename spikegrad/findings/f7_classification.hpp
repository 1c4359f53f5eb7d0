// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "spikegrad/figure/finding.hpp"
#include "spikegrad/findings/classification.hpp"

namespace spikegrad {

/// The rows, tables and figures of the second half of F7, from what was measured.
FindingResult judge_classification(const ClassificationPlan& plan, const ClassificationMeasurement& measured);

/// Training curves, accuracies seed by seed, statistics of the spikes.
std::vector<Figure> classification_figures(const ClassificationPlan& plan,
                                           const ClassificationMeasurement& measured);

}  // namespace spikegrad
