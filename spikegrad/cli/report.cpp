// SPDX-License-Identifier: Apache-2.0
// spikegrad report: the HTML report of training runs, or of result directories.
#include "spikegrad/report/report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "spikegrad/cli/engine_option.hpp"
#include "spikegrad/cli/machine.hpp"
#include "spikegrad/core/embedded.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/version.hpp"
#include "spikegrad/view/run_report.hpp"

namespace spikegrad::cli {
namespace {

struct Options {
  Common common;
  EngineOption engine;
  std::vector<std::string> directories, units;
  std::string output, data;
  RunViewSettings view;
};

bool is_run(const std::filesystem::path& folder) {
  std::error_code ignored;
  return std::filesystem::exists(folder / "run.json", ignored);
}

/// "h[3]"
UnitName unit_name(const std::string& text) {
  const auto open = text.find('[');
  std::size_t unit = 0;
  const char* end = text.data() + text.size() - 1;
  if (open == std::string::npos || open == 0 || text.back() != ']' ||
      std::from_chars(text.data() + open + 1, end, unit).ptr != end)
    throw UserError("--unit " + text + ": must be a population and a number, as in --unit h[3]");
  return {text.substr(0, open), unit};
}

std::string command_line(const Options& options) {
  std::string text = "spikegrad report";
  for (const std::string& folder : options.directories) text += " " + folder;
  if (!options.data.empty()) text += " --data " + options.data;
  if (options.view.trials > 1) text += fmt::format(" --trials {}", options.view.trials);
  for (const std::string& unit : options.units) text += " --unit " + unit;
  if (options.common.seed) text += fmt::format(" --seed {}", *options.common.seed);
  return text;
}

Results results_of_runs(const Options& options) {
  RunViewSettings settings = options.view;
  settings.engine = {options.engine.kind(), options.common.threads};
  settings.seed = options.common.seed;
  settings.isolation = Isolation::child;
  if (!options.data.empty()) settings.data = options.data;
  std::vector<UnitName> units;
  for (const std::string& text : options.units) units.push_back(unit_name(text));

  TerminalProgress progress(options.common.quiet);
  std::vector<RunView> runs;
  for (const std::string& folder : options.directories) {
    progress.prefix(folder);
    runs.push_back(view_run(folder, settings, progress));
    progress.clear();
    for (const std::string& text : runs.back().notes) warn(text);
    if (!runs.back().missing.empty())
      fmt::print(stderr, "spikegrad: {} is not judged: {}\n", folder, runs.back().missing);
  }
  label_runs(runs);
  std::vector<FindingResult> sections = run_sections(runs, units);
  return {.info = {.title = runs.size() == 1 ? "spikegrad: training run " + runs[0].label
                                             : fmt::format("spikegrad: {} training runs", runs.size()),
                   .version = fmt::format("{}, commit {}", version_string(), commit()),
                   .seed = settings.seed.value_or(runs[0].model.seed),
                   .date = utc_now(),
                   .command = command_line(options),
                   .machine = machine()},
          .findings = std::move(sections)};
}

int run(const Options& options) {
  const std::vector<std::filesystem::path> directories(options.directories.begin(),
                                                       options.directories.end());
  const std::filesystem::path page =
      options.output.empty() ? directories[0] / "report.html" : std::filesystem::path(options.output);
  check_file_writable(page);
  const auto runs = std::count_if(directories.begin(), directories.end(), is_run);
  if (runs == 0) {
    write_report(directories, page);
  } else {
    if (static_cast<std::size_t>(runs) < directories.size())
      throw UserError(
          std::find_if_not(directories.begin(), directories.end(), is_run)->string() +
          ": holds no training run, where others do: a page is of training runs, or of results of reproduce");
    embedded_file("plotly.min.js");  // throws here rather than after the work where the build has none
    write_file(page, render_report({results_of_runs(options)}));
  }
  fmt::print("{}\n", page.string());
  return Exit::done;
}

}  // namespace

Command add_report(App& program) {
  auto options = std::make_shared<Options>();
  App* app = program.add_subcommand(
      "report",
      "One self-contained HTML page of training runs, one or several side by side: curves, accuracy,\n"
      "confusion, rasters, trials, activity; or from result directories: those that reproduce wrote, or any\n"
      "with a compare.json. Example: spikegrad report runs/digits");
  app->add_option("RUN", options->directories, "Folders of runs, or result directories")->required();
  app->add_option("-o,--output", options->output, "The page (report.html in the first directory)")
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
