// SPDX-License-Identifier: Apache-2.0
// spikegrad report: the HTML report of training runs, or of result directories.
#include <fmt/core.h>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/cli/engine_option.hpp"
#include "spikegrad/front/page.hpp"
#include "spikegrad/train/series.hpp"

namespace spikegrad::cli {
namespace {

struct ReportOptions {
  Common common;
  EngineOption engine;
  std::vector<std::string> directories, units;
  std::string output, data, table;
  RunViewSettings view;
};

int run(const ReportOptions& options) {
  std::vector<std::filesystem::path> folders;
  for (const std::string& folder : options.directories)
    for (auto& run : runs_of(folder)) folders.push_back(std::move(run));
  const std::filesystem::path page = options.output.empty()
                                         ? std::filesystem::path(options.directories[0]) / "report.html"
                                         : std::filesystem::path(options.output);
  check_outputs({{"-o", page}, {"--table", options.table}}, {options.data});
  TerminalProgress progress(options.common.quiet);
  PageSettings settings{.view = options.view, .units = options.units, .command = *options.common.line};
  settings.table = options.table;
  settings.view.engine = {options.engine.kind(), options.common.threads};
  settings.view.seed = options.common.seed;
  settings.view.isolation = Isolation::child;
  if (!options.data.empty()) settings.view.data = options.data;
  settings.on_folder = [&](const std::string& folder) { progress.prefix(folder); };
  settings.on_view = [&](const RunView& run) {
    progress.clear();
    for (const std::string& text : run.notes) warn(text);
    if (!run.missing.empty()) fmt::print(stderr, "spikegrad: {} is not judged: {}\n", run.name, run.missing);
  };
  write_page(folders, page, settings, progress);
  fmt::print("{}\n", page.string());
  return Exit::done;
}

}  // namespace

Command add_report(App& program) {
  auto options = std::make_shared<ReportOptions>();
  App* app = program.add_subcommand(
      "report",
      "One self-contained HTML page of training runs, one or several side by side: curves, accuracy,\n"
      "confusion, rasters, trials, activity; or from result directories: those that reproduce wrote, or any\n"
      "with a compare.json. Example: spikegrad report runs/digits");
  app->add_option("RUN", options->directories, "Folders of runs or of series of them, or result directories")
      ->required();
  app->add_option("-o,--output", options->output, "The page (report.html in the first directory)")
      ->type_name("FILE");
  app->add_option("--table", options->table,
                  "Runs: their accuracies as a table for a paper: CSV, or LaTeX where the name ends in .tex")
      ->type_name("FILE");
  app->add_option("--data", options->data,
                  "Runs: data file to judge on, or a folder with a *_test.h5 (the run's test file)")
      ->type_name("PATH");
  app->add_option("--trials", options->view.trials, "Runs: trials of every sample")
      ->check(whole_number(1, 1'000'000'000))
      ->capture_default_str();
  app->add_option("--unit", options->units,
                  "Runs: hidden units to show from trial to trial, as h[3] (the busiest)")
      ->type_name("NAME[I]");
  options->engine.add_to(*app);
  options->common.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace spikegrad::cli
