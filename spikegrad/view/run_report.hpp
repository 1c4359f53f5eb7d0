// SPDX-License-Identifier: Apache-2.0
// Training runs side by side, as sections of the report.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "spikegrad/figure/finding.hpp"
#include "spikegrad/view/run_view.hpp"

namespace spikegrad {

/// A hidden unit: population and number.
using UnitName = std::pair<std::string, std::size_t>;

/// Labels: the folders' own names where these differ, else all that was given.
void label_runs(std::vector<RunView>& runs);

/// All sections: the judgement, what differs between the runs, the curves, and each run by itself. `units`:
/// those whose spikes are shown from trial to trial; none: the busiest. Throws UserError for a unit that no
/// run has. Labels must differ.
std::vector<FindingResult> run_sections(const std::vector<RunView>& runs, const std::vector<UnitName>& units);

/// Populations in the order of the file: what they are, and what enters them.
Table architecture_table(const Network& network);

/// What tells runs apart: the resolved model, and what was `--set` that it does not name, such as settings of
/// initialisers, of which it holds the weights alone.
FlatSettings settings_of(const RunView& run);
/// On what the run's weights were selected: "last epoch", or the measure and the samples that validated.
std::string selection_text(const RunView& run);

/// The parts, for run_sections(). Labels of the runs differ.
Table judgement_table(const std::vector<RunView>& runs);
/// Of runs that differ in their seed alone.
struct SummaryRow {
  std::vector<std::string> runs = {};  ///< labels
  std::vector<std::uint64_t> seeds = {};
  std::string model = {}, selection = {}, data = {};
  std::size_t parameters = 0;
  double accuracy = 0.0, seconds = 0.0;
  std::pair<double, double> interval = {};  ///< 95 %: over seeds (Student's t); of one run its own (Wilson)
};
std::vector<SummaryRow> summary_rows(const std::vector<RunView>& runs);
/// The same with numbers as numbers, and as a tabular for LaTeX.
std::string summary_csv(const std::vector<RunView>& runs);
std::string summary_latex(const std::vector<RunView>& runs);
/// The table for a paper: accuracies with intervals, where runs that differ in their seed alone are one row.
Table summary_table(const std::vector<RunView>& runs);
/// Of each speaker, where the test data name them; without rows if none do.
Table speakers_table(const std::vector<RunView>& runs);
Figure accuracy_figure(const std::vector<RunView>& runs);
/// Settings in which not all runs agree; without rows if there are none.
Table differences_table(const std::vector<RunView>& runs);
Figure curves_figure(const std::vector<RunView>& runs);
/// Confusion, rasters, trials, statistics of one run that was judged; `prefix` begins the ids.
std::vector<Figure> run_figures(const RunView& run, const std::vector<UnitName>& units,
                                const std::string& prefix);

}  // namespace spikegrad
