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

std::string number(double value) {
  return fmt::format("{:.4f}", value);
}

/// The rows of one run's column.
std::vector<std::pair<std::string, std::string>> column_of(const RunView& run) {
  double seconds = 0.0;
  for (const EpochMetrics& e : run.epochs) seconds += e.seconds;
  const auto kept = std::ranges::find(run.epochs, run.kept_epoch, &EpochMetrics::epoch);
  const bool there = kept != run.epochs.end();
  const auto judged = [&](const auto& text) { return run.judged ? text(*run.judged) : std::string(nothing); };
  const bool labelled = run.judged && run.judged->labelled;
  const auto answered = [&](const auto& text) { return labelled ? text(*run.judged) : std::string(nothing); };
  return {{"test accuracy", answered([](const Evaluation& e) { return number(e.accuracy); })},
          {"95 % interval", answered([](const Evaluation& e) {
             return number(e.accuracy_interval.first) + " to " + number(e.accuracy_interval.second);
           })},
          {"by vote of the trials", answered([](const Evaluation& e) { return number(e.vote_accuracy); })},
          {run.model.data ? "test loss" : "loss",
           judged([](const Evaluation& e) { return measured_text(e.loss, e.loss_std_error); })},
          {run.model.data ? "test samples, trials of each" : "inputs, trials of each",
           judged([](const Evaluation& e) { return fmt::format("{}, {}", e.samples, e.trials); })},
          {"weights of epoch", fmt::format("{} of {}", run.kept_epoch, run.epochs.size())},
          {"training accuracy", there && kept->labelled ? number(kept->training.accuracy) : nothing},
          {"validation accuracy",
           there && kept->labelled && kept->validated ? number(kept->validation.accuracy) : nothing},
          {"weights chosen by", selection_text(run)},
          {"seed", std::to_string(run.model.seed)},
          {"time of training", seconds_text(seconds)}};
}

}  // namespace

FlatSettings settings_of(const RunView& run) {
  const RunDescription& info = run.info;
  FlatSettings all{{"model file", info.model},
                   {"training file", info.data ? info.data->training : ""},
                   {"version", info.version},
                   {"build", info.build},
                   {"engine", std::string(names_of(info.engine)[static_cast<std::size_t>(info.engine)])}};
  all.insert(all.end(), run.settings.begin(), run.settings.end());
  for (const std::string& text : info.set) {
    const std::size_t equals = text.find('=');
    const std::string key = text.substr(0, equals);
    if (equals != std::string::npos &&
        std::ranges::find(run.settings, key, &FlatSettings::value_type::first) == run.settings.end())
      all.emplace_back(key, text.substr(equals + 1));
  }
  return all;
}

Table judgement_table(const std::vector<RunView>& runs) {
  Table table{.caption = "Accuracy of single trials; the interval (Wilson) counts the samples",
              .header = {"run"},
              .rows = {}};
  for (const RunView& run : runs) {
    table.header.push_back(run.label);
    const auto column = column_of(run);
    table.rows.resize(column.size());
    for (std::size_t i = 0; i < column.size(); ++i) {
      if (table.rows[i].empty()) table.rows[i].push_back(column[i].first);
      table.rows[i].push_back(column[i].second);
    }
  }
  std::erase_if(table.rows, [](const std::vector<std::string>& row) {  // what no run has
    return std::all_of(row.begin() + 1, row.end(), [](const std::string& cell) { return cell == nothing; });
  });
  return table;
}

Table speakers_table(const std::vector<RunView>& runs) {
  Table table{.caption = "Accuracy by speaker (number in the file), with the 95 % interval of its samples",
              .header = {"speaker"},
              .rows = {}};
  std::map<std::uint16_t, std::vector<std::string>> cells;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    table.header.push_back(runs[r].label);
    if (!runs[r].judged) continue;
    for (const SpeakerAccuracy& s : runs[r].judged->speakers) {
      auto& row = cells[s.speaker];
      row.resize(runs.size(), nothing);
      row[r] = fmt::format("{} ({} to {}, {} samples)", number(s.accuracy), number(s.interval.first),
                           number(s.interval.second), s.samples);
    }
  }
  for (auto& [speaker, row] : cells) {
    table.rows.push_back({std::to_string(speaker)});
    table.rows.back().insert(table.rows.back().end(), row.begin(), row.end());
  }
  return table;
}

Figure accuracy_figure(const std::vector<RunView>& runs) {
  Panel panel{.x = {.reversed = true}, .y = {.label = "test accuracy"}, .transposed = true};
  for (const RunView& run : runs) {
    if (!run.judged || !run.judged->labelled) continue;
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
