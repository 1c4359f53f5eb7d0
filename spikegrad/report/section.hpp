// SPDX-License-Identifier: Apache-2.0
// The HTML of one finding: statement, quantities, tables, places for the figures.
#pragma once

#include <string>

#include "spikegrad/figure/finding.hpp"

namespace spikegrad {

/// Running number of the figures in the page, and the prefix that keeps anchors of several results apart.
struct PageState {
  std::string prefix = {};
  int figures = 0;
};

/// "f3" of "F3", with the prefix.
std::string section_anchor(const FindingResult& result, const PageState& state);
std::string figure_anchor(const Figure& figure, const PageState& state);

/// "✓ holds", "✗ contradicted", "? undecided", or empty for a section that claims nothing.
std::string verdict_html(const FindingResult& result);

/// The <section>; counts its figures in `state`. Sizes of plots are left to the script.
std::string section_html(const FindingResult& result, PageState& state);

/// The rows of the summary table at the head of the page.
std::string summary_html(const std::vector<FindingResult>& results, const PageState& state);

}  // namespace spikegrad
