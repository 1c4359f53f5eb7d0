// SPDX-License-Identifier: Apache-2.0
// The table of several runs for a paper: those that differ in their seed alone are one row.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "spikegrad/core/csv.hpp"
#include "spikegrad/core/quantile.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/figure/text.hpp"
#include "spikegrad/view/run_report.hpp"

namespace spikegrad {
namespace {

struct Group {
  FlatSettings settings;  ///< that all of its runs have
  std::vector<const RunView*> runs;
};

FlatSettings without_seed(const RunView& run) {
  FlatSettings settings = settings_of(run);
  std::erase_if(settings, [](const auto& setting) { return setting.first == "seed"; });
  settings.emplace_back("judged on", run.data);
  return settings;
}

std::vector<Group> groups_of(const std::vector<RunView>& runs) {
  std::vector<Group> groups;
  for (const RunView& run : runs) {
    if (!run.judged || !run.judged->labelled) continue;
    FlatSettings settings = without_seed(run);
    const auto found = std::ranges::find(groups, settings, &Group::settings);
    if (found == groups.end())
      groups.push_back({std::move(settings), {&run}});
    else
      found->runs.push_back(&run);
  }
  return groups;
}

/// Mean over the runs with the interval of Student's t; of one run, its own interval (Wilson).
void judge(const Group& group, SummaryRow& row) {
  VectorMoments moments(1);
  for (const RunView* run : group.runs) moments.add({&run->judged->accuracy, 1});
  const double mean = moments.mean()[0];
  auto [low, high] = group.runs[0]->judged->accuracy_interval;
  if (const std::size_t n = group.runs.size(); n > 1) {
    const double half = student_quantile(0.05, static_cast<double>(n - 1)) * moments.std_error()[0];
    low = std::max(0.0, mean - half);
    high = std::min(1.0, mean + half);
  }
  row.accuracy = mean;
  row.interval = {low, high};
}

double seconds_of(const Group& group) {
  double seconds = 0.0;
  for (const RunView* run : group.runs)
    for (const EpochMetrics& epoch : run->epochs) seconds += epoch.seconds;
  return seconds / static_cast<double>(group.runs.size());
}

/// Characters that LaTeX reads as its own.
std::string latex_cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("&%$#_{}").find(c) != std::string_view::npos) escaped += '\\';
    if (c == '\\')
      escaped += "\\textbackslash{}";
    else if (c == '~')
      escaped += "\\textasciitilde{}";
    else if (c == '^')
      escaped += "\\textasciicircum{}";
    else
      escaped += c;
  }
  return escaped;
}

}  // namespace

std::vector<SummaryRow> summary_rows(const std::vector<RunView>& runs) {
  std::vector<SummaryRow> rows;
  for (const Group& group : groups_of(runs)) {
    const RunView& first = *group.runs[0];
    SummaryRow& row = rows.emplace_back();
    for (const RunView* run : group.runs) {
      row.runs.push_back(run->label);
      row.seeds.push_back(run->model.seed);
    }
    row.model = std::filesystem::path(first.info.model).stem().string();
    row.parameters = first.model.network.parameter_count();
    row.selection = selection_text(first);
    row.data = first.data;
    row.seconds = seconds_of(group);
    judge(group, row);
  }
  return rows;
}

Table summary_table(const std::vector<RunView>& runs) {
  Table table{
      .caption =
          "Runs that differ in their seed alone are one row. Accuracy: mean over these runs with its 95 % "
          "interval (Student's t: what other seeds would give on the same samples); of one run, the "
          "interval of its samples (Wilson)",
      .header = {"runs", "model", "parameters", "weights chosen by", "seeds", "test accuracy",
                 "time of training"},
      .rows = {}};
  for (const SummaryRow& row : summary_rows(runs))
    table.rows.push_back(
        {fmt::format("{}", fmt::join(row.runs, ", ")), row.model, std::to_string(row.parameters),
         row.selection, fmt::format("{}", fmt::join(row.seeds, ", ")),
         fmt::format("{:.4f} ({:.4f} to {:.4f})", row.accuracy, row.interval.first, row.interval.second),
         seconds_text(row.seconds)});
  return table;
}

std::string summary_csv(const std::vector<RunView>& runs) {
  std::string text =
      "runs,model,parameters,weights_chosen_by,seeds,judged_on,accuracy,accuracy_low,accuracy_high,seconds\n";
  for (const SummaryRow& row : summary_rows(runs))
    text += fmt::format(
        "{},{},{},{},{},{},{},{},{},{:.1f}\n", csv_cell(fmt::format("{}", fmt::join(row.runs, " "))),
        csv_cell(row.model), row.parameters, csv_cell(row.selection), fmt::join(row.seeds, " "),
        csv_cell(row.data), row.accuracy, row.interval.first, row.interval.second, row.seconds);
  return text;
}

std::string summary_latex(const std::vector<RunView>& runs) {
  std::string text =
      "% Needs the package booktabs. Accuracy: mean over seeds with its 95 % interval (Student's t); of one seed, the\n"
      "% interval of the samples (Wilson).\n\\begin{tabular}{lrlrl}\n\\toprule\n"
      "model & parameters & weights chosen by & seeds & test accuracy \\\\\n\\midrule\n";
  for (const SummaryRow& row : summary_rows(runs))
    text += fmt::format("{} & {} & {} & {} & {:.3f} ({:.3f} to {:.3f}) \\\\\n", latex_cell(row.model),
                        row.parameters, latex_cell(row.selection), row.seeds.size(), row.accuracy,
                        row.interval.first, row.interval.second);
  return text + "\\bottomrule\n\\end{tabular}\n";
}

std::string selection_text(const RunView& run) {
  if (!run.info.selection.empty()) return run.info.selection;
  // A run of before it was written.
  const TrainingSettings& training = run.model.training;
  if (!run.model.data || training.validation == 0.0 || training.select == Selection::last)
    return "last epoch";
  const std::string measure = training.select == Selection::accuracy ? "accuracy" : "loss";
  if (run.info.data && !run.info.data->validation.empty())
    return fmt::format("validation {}, file {}", measure,
                       std::filesystem::path(run.info.data->validation).filename().string());
  if (!training.validation_speakers.empty())
    return fmt::format("validation {}, speakers {:g} of the training file", measure,
                       fmt::join(training.validation_speakers, ", "));
  return fmt::format("validation {}, {:g} of the training file", measure, training.validation);
}

}  // namespace spikegrad
