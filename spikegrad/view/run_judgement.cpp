// SPDX-License-Identifier: Apache-2.0
// What came out of training runs, and in what they differ.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "spikegrad/figure/text.hpp"
#include "spikegrad/view/run_report.hpp"

namespace spikegrad {
namespace {

constexpr const char* nothing = "–";

std::string interval_text(const Evaluation& e) {
  return fmt::format("{:.4f} ({:.4f} to {:.4f})", e.accuracy, e.accuracy_interval.first,
                     e.accuracy_interval.second);
}

/// What tells runs apart beyond the resolved model: `--set` names settings of initialisers too, whose weights
/// alone the resolved file holds.
FlatSettings settings_of(const RunView& run) {
  FlatSettings all{{"model file", run.info.value("model", "")}};
  std::string set;
  for (const nlohmann::json& text : run.info.value("set", nlohmann::json::array()))
    if (text.is_string()) set += (set.empty() ? "" : " ") + text.get<std::string>();
  all.emplace_back("--set", set);
  all.emplace_back("training file", run.info["data"].value("training", ""));
  for (const char* key : {"version", "build", "engine"}) all.emplace_back(key, run.info.value(key, ""));
  all.insert(all.end(), run.settings.begin(), run.settings.end());
  return all;
}

}  // namespace

Table judgement_table(const std::vector<RunView>& runs) {
  Table table{.caption =
                  "Test accuracy: of single trials, with its 95 % interval (Wilson, counting the "
                  "samples); the weights are those of the epoch given.",
              .header = {"run", "seed", "epoch", "training accuracy", "validation accuracy", "test accuracy",
                         "by vote", "test loss", "samples", "trials", "training"},
              .rows = {}};
  for (const RunView& run : runs) {
    double seconds = 0.0;
    for (const DataEpoch& e : run.epochs) seconds += e.seconds;
    const auto kept = std::ranges::find(run.epochs, run.kept_epoch, &DataEpoch::epoch);
    const bool there = kept != run.epochs.end();
    std::vector<std::string> row{
        run.label, std::to_string(run.model.seed), fmt::format("{} of {}", run.kept_epoch, run.epochs.size()),
        there ? fmt::format("{:.4f}", kept->training.accuracy) : nothing,
        there && kept->validated ? fmt::format("{:.4f}", kept->validation.accuracy) : nothing};
    if (run.judged) {
      const Evaluation& e = *run.judged;
      const auto more = {interval_text(e), fmt::format("{:.4f}", e.vote_accuracy),
                         measured_text(e.loss, e.loss_std_error), std::to_string(e.samples),
                         std::to_string(e.trials)};
      row.insert(row.end(), more);
    } else {
      row.insert(row.end(), 5, nothing);
    }
    row.push_back(seconds_text(seconds));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Figure accuracy_figure(const std::vector<RunView>& runs) {
  Panel panel{.x = {.reversed = true}, .y = {.label = "test accuracy"}, .transposed = true};
  for (const RunView& run : runs) {
    if (!run.judged) continue;
    const auto place = static_cast<double>(panel.x.categories.size());
    panel.x.categories.push_back(run.label);
    panel.series.push_back({.name = run.label,
                            .x = {place},
                            .y = {run.judged->accuracy},
                            .lower = {run.judged->accuracy_interval.first},
                            .upper = {run.judged->accuracy_interval.second},
                            .style = Style::markers});
  }
  return {.id = "accuracy",
          .title = "Test accuracy",
          .caption = "Of single trials, with its 95 % interval.",
          .panels = {std::move(panel)}};
}

Table differences_table(const std::vector<RunView>& runs) {
  Table table{.caption = "Settings that differ between the runs", .header = {"setting"}, .rows = {}};
  std::vector<std::string> keys;  // in the order of the files
  std::vector<std::map<std::string, std::string>> values(runs.size());
  for (std::size_t r = 0; r < runs.size(); ++r) {
    table.header.push_back(runs[r].label);
    for (const auto& [key, value] : settings_of(runs[r])) {
      values[r][key] = value;
      if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
    }
  }
  for (const std::string& key : keys) {
    std::vector<std::string> row{key};
    for (const auto& of_run : values) {
      const auto found = of_run.find(key);
      row.push_back(found == of_run.end() || found->second.empty() ? nothing : found->second);
    }
    if (std::ranges::any_of(row.begin() + 1, row.end(), [&](const auto& v) { return v != row[1]; }))
      table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace spikegrad
