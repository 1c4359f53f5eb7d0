// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/view/run_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

void check_units(const std::vector<RunView>& runs, const std::vector<UnitName>& units) {
  for (const UnitName& wanted : units) {
    const std::string& name = wanted.first;
    const std::size_t unit = wanted.second;
    const bool there = std::ranges::any_of(runs, [&](const RunView& run) {
      return std::ranges::any_of(run.model.network.populations(), [&](const Population& p) {
        return p.name == name && unit < p.size() && has_spikes(p);
      });
    });
    if (!there)
      throw UserError(
          fmt::format("--unit {}[{}]: must be a hidden unit that spikes, as in --unit h[3]", name, unit));
  }
}

FindingResult judgement_section(const std::vector<RunView>& runs) {
  FindingResult section{.id = "judgement", .title = "Judgement", .tables = {judgement_table(runs)}};
  if (Table speakers = speakers_table(runs); !speakers.rows.empty())
    section.tables.push_back(std::move(speakers));
  std::vector<std::string> files;
  for (const RunView& run : runs) {
    if (!run.judged)
      section.method += fmt::format("<b>{}</b> is not judged: {}.\n\n", run.label, run.missing);
    else if (!run.data.empty() && std::ranges::find(files, run.data) == files.end())
      files.push_back(run.data);
  }
  for (const std::string& file : files) section.method += (&file == &files[0] ? "Judged on " : ", ") + file;
  if (files.size() > 1) section.method += ", each run on its own test file";
  if (!files.empty()) section.method += ".";
  const auto judged =
      std::ranges::count_if(runs, [](const RunView& r) { return r.judged && r.judged->labelled; });
  if (judged > 1) {
    section.tables.push_back(summary_table(runs));
    section.figures.push_back(accuracy_figure(runs));
  }
  return section;
}

FindingResult run_section(const RunView& run, std::size_t number, const std::vector<UnitName>& units) {
  const std::string id = fmt::format("run-{}", number);
  const TrainingSettings& training = run.model.training;
  std::string text = fmt::format(
      "{} parameters; estimator {}, {}; {} epochs of {}, seed {}.", run.model.network.parameter_count(),
      training.estimator, training.optimiser, run.epochs.size(),
      run.model.data ? fmt::format("batches of {}", training.batch)
                     : fmt::format("one update, the mean of {} trials", training.trials),
      run.model.seed);
  const RunDescription& info = run.info;
  for (const std::string& change : info.set) text += (&change == &info.set[0] ? " Changed: " : ", ") + change;
  if (!info.set.empty()) text += ".";
  if (!info.command.empty()) text += "\n\nMade by " + info.command;
  if (!info.date.empty())
    text +=
        ", begun " + info.date +
        (info.threads == 0 ? "" : fmt::format(" on {} thread{}", info.threads, info.threads == 1 ? "" : "s"));
  if (!info.command.empty() || !info.date.empty()) text += ".";
  FindingResult section{.id = id,
                        .title = run.label,
                        .method = std::move(text),
                        .tables = {architecture_table(run.model.network)}};
  if (run.judged)
    section.figures = run_figures(run, units, id + "-");
  else
    section.notes = "No weights were run: " + run.missing + ".";
  return section;
}

}  // namespace

void label_runs(std::vector<RunView>& runs) {
  for (RunView& run : runs) run.label = std::filesystem::path(run.name).filename().string();
  std::vector<std::string> short_ones;
  for (const RunView& run : runs) short_ones.push_back(run.label);
  for (RunView& run : runs)
    if (std::ranges::count(short_ones, run.label) > 1) run.label = run.name;
}

std::vector<FindingResult> run_sections(const std::vector<RunView>& runs,
                                        const std::vector<UnitName>& units) {
  check_units(runs, units);
  std::vector<FindingResult> sections{judgement_section(runs)};
  if (runs.size() > 1) {
    FindingResult section{.id = "settings", .title = "What differs", .tables = {differences_table(runs)}};
    if (section.tables[0].rows.empty()) {
      section.tables.clear();
      section.method = "Nothing: the runs have the same settings.";
    }
    sections.push_back(std::move(section));
  }
  if (std::ranges::any_of(runs, [](const RunView& run) { return !run.epochs.empty(); }))
    sections.push_back({.id = "training", .title = "Training", .figures = {curves_figure(runs)}});
  for (std::size_t r = 0; r < runs.size(); ++r) sections.push_back(run_section(runs[r], r + 1, units));
  return sections;
}

}  // namespace spikegrad
