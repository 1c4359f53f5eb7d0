// SPDX-License-Identifier: Apache-2.0
// Results that look like those of a whole study, made up or computed from closed formulas: every kind of
// panel, long and short texts, many and few curves, missing cells, values over many orders of magnitude. For
// looking at the report.
#pragma once

#include <nlohmann/json.hpp>

#include "spikegrad/figure/finding.hpp"

namespace spikegrad::testing_support {

Results example_results();

/// A compare.json of ten estimators on a net of twelve parameters.
nlohmann::ordered_json example_comparison();

}  // namespace spikegrad::testing_support
