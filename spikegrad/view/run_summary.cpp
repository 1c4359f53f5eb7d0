// SPDX-License-Identifier: Apache-2.0
// The table of several runs for a paper: those that differ in their seed alone are one row.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

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
std::string accuracy_text(const Group& group) {
  VectorMoments moments(1);
  for (const RunView* run : group.runs) moments.add({&run->judged->accuracy, 1});
  const double mean = moments.mean()[0];
  auto [low, high] = group.runs[0]->judged->accuracy_interval;
  if (const std::size_t n = group.runs.size(); n > 1) {
    const double half = student_quantile(0.05, static_cast<double>(n - 1)) * moments.std_error()[0];
    low = std::max(0.0, mean - half);
    high = std::min(1.0, mean + half);
  }
  return fmt::format("{:.4f} ({:.4f} to {:.4f})", mean, low, high);
}

std::string seconds_of(const Group& group) {
  double seconds = 0.0;
  for (const RunView* run : group.runs)
    for (const EpochMetrics& epoch : run->epochs) seconds += epoch.seconds;
  return seconds_text(seconds / static_cast<double>(group.runs.size()));
}

}  // namespace

Table summary_table(const std::vector<RunView>& runs) {
  Table table{
      .caption =
          "Runs that differ in their seed alone are one row. Accuracy: mean over these runs with its 95 % "
          "interval (Student's t: what other seeds would give on the same samples); of one run, the "
          "interval of its samples (Wilson)",
      .header = {"runs", "model", "parameters", "weights chosen by", "seeds", "test accuracy",
                 "time of training"},
      .rows = {}};
  for (const Group& group : groups_of(runs)) {
    const RunView& first = *group.runs[0];
    std::vector<std::string> labels, seeds;
    for (const RunView* run : group.runs) {
      labels.push_back(run->label);
      seeds.push_back(std::to_string(run->model.seed));
    }
    table.rows.push_back(
        {fmt::format("{}", fmt::join(labels, ", ")), std::filesystem::path(first.info.model).stem().string(),
         std::to_string(first.model.network.parameter_count()), selection_text(first),
         fmt::format("{}", fmt::join(seeds, ", ")), accuracy_text(group), seconds_of(group)});
  }
  return table;
}

std::string selection_text(const RunView& run) {
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
