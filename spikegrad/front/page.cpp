// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/front/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "spikegrad/core/embedded.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/core/provenance.hpp"
#include "spikegrad/front/machine.hpp"
#include "spikegrad/report/report.hpp"
#include "spikegrad/version.hpp"
#include "spikegrad/view/run_report.hpp"

namespace spikegrad {
namespace {

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

Results results_of_runs(const std::vector<std::filesystem::path>& folders, const PageSettings& settings,
                        Progress& progress) {
  std::vector<UnitName> units;
  for (const std::string& text : settings.units) units.push_back(unit_name(text));
  std::vector<RunView> runs;
  for (const auto& folder : folders) {
    if (settings.on_folder) settings.on_folder(folder.string());
    runs.push_back(view_run(folder, settings.view, progress));
    if (settings.on_view) settings.on_view(runs.back());
  }
  label_runs(runs);
  if (!settings.table.empty())
    write_file(settings.table,
               settings.table.extension() == ".tex" ? summary_latex(runs) : summary_csv(runs));
  std::vector<FindingResult> sections = run_sections(runs, units);
  return {.info = {.title = runs.size() == 1 ? "spikegrad: training run " + runs[0].label
                                             : fmt::format("spikegrad: {} training runs", runs.size()),
                   .version = fmt::format("{}, commit {}", version_string(), commit()),
                   .seed = settings.view.seed.value_or(runs[0].model.seed),
                   .date = utc_now(),
                   .command = settings.command,
                   .machine = machine()},
          .findings = std::move(sections)};
}

}  // namespace

void write_page(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& file,
                const PageSettings& settings, Progress& progress) {
  const auto runs = std::count_if(folders.begin(), folders.end(), is_run);
  if (runs == 0) {
    if (!settings.table.empty())
      throw UserError("--table " + settings.table.string() + ": is of training runs, and these are results");
    write_report(folders, file);
    return;
  }
  if (static_cast<std::size_t>(runs) < folders.size())
    throw UserError(
        std::find_if_not(folders.begin(), folders.end(), is_run)->string() +
        ": holds no training run, where others do: a page is of training runs, or of results of reproduce");
  embedded_file("plotly.min.js");  // throws here rather than after the work where the build has none
  write_file(file, render_report({results_of_runs(folders, settings, progress)}));
}

}  // namespace spikegrad
