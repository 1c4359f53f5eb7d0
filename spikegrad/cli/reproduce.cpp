// SPDX-License-Identifier: Apache-2.0
// spikegrad reproduce: measures the findings of the study, prints a table, writes findings.json and
// report.html.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/cli/machine.hpp"
#include "spikegrad/core/embedded.hpp"
#include "spikegrad/figure/text.hpp"
#include "spikegrad/findings/findings.hpp"
#include "spikegrad/report/report.hpp"
#include "spikegrad/version.hpp"

namespace spikegrad::cli {
namespace {

struct Options {
  Common common;
  std::vector<std::string> only;
  bool full = false;
  std::string directory = "results", target, data;
};

std::string command_line(const Options& options, std::uint64_t seed) {
  std::string text = fmt::format("spikegrad reproduce --seed {}", seed);
  if (options.full) text += " --full";
  for (std::size_t i = 0; i < options.only.size(); ++i) text += (i ? "," : " --only ") + options.only[i];
  if (!options.target.empty()) text += " --target " + options.target;
  if (!options.data.empty()) text += " --data " + options.data;
  return text;
}

/// Characters of a UTF-8 text, so that columns line up.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t columns) {
  return text + std::string(columns - std::min(columns, width(text)), ' ');
}

void print_result(const FindingResult& result) {
  fmt::print("\n{} {}\n", result.id, result.title);
  std::size_t widest = 0;
  for (const FindingRow& row : result.rows) widest = std::max(widest, width(plain_text(row.quantity)));
  for (const FindingRow& row : result.rows)
    fmt::print("  {}  {}{:>12.5g}{}  {:.1f} s\n", row.holds ? "holds " : "FAILS ",
               padded(plain_text(row.quantity), widest), row.value,
               padded(row.std_error ? fmt::format(" +- {:.2g}", *row.std_error) : "", 12), row.seconds);
}

int run(const Options& options) {
  const FindingSettings settings{
      .full = options.full,
      .seed = options.common.seed.value_or(1),
      .threads = options.common.threads,
      .target = options.target.empty() ? std::nullopt : std::optional<std::filesystem::path>(options.target),
      .data = options.data.empty() ? std::nullopt : std::optional<std::filesystem::path>(options.data),
      .isolation = Isolation::child};
  std::vector<const FindingInfo*> chosen;
  for (const FindingInfo& finding : findings())
    if (options.only.empty()) chosen.push_back(&finding);
  for (const std::string& id : options.only) chosen.push_back(&find_finding(id));
  check_writable(options.directory);
  embedded_file("plotly.min.js");  // throws here rather than after the work where the build has none

  Results results{.info = {.version = std::string(version_string()),
                           .seed = settings.seed,
                           .date = now(),
                           .command = command_line(options, settings.seed),
                           .machine = machine()}};
  TerminalProgress progress(options.common.quiet);
  const auto start = std::chrono::steady_clock::now();
  const auto save = [&] {
    results.info.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    write_results(options.directory, results);
  };
  try {
    for (const FindingInfo* finding : chosen) {
      progress.prefix(std::string(finding->id));
      results.findings.push_back(finding->measure(settings, progress));
      progress.clear();
      print_result(results.findings.back());
      std::fflush(stdout);
    }
  } catch (const Interrupted&) {
    progress.clear();
    if (!results.findings.empty()) save();
    throw;
  }
  save();
  std::size_t rows = 0, hold = 0;
  for (const FindingResult& result : results.findings)
    for (const FindingRow& row : result.rows) ++rows, hold += row.holds;
  fmt::print("\n{} of {} measured expectations hold ({:.0f} s). Report: {}\n", hold, rows,
             results.info.seconds, (std::filesystem::path(options.directory) / "report.html").string());
  return hold == rows ? Exit::done : Exit::check_failed;
}

}  // namespace

Command add_reproduce(App& program) {
  auto options = std::make_shared<Options>();
  App* app = program.add_subcommand(
      "reproduce",
      "Measure the findings of the study; print a table; write findings.json, figures.json and report.html.\n"
      "Exit code 1 if an expectation does not hold. Example: spikegrad reproduce --only F3,F4 -o results");
  app->add_option("--only", options->only, "Findings, separated by commas (all): F1,F2,…")->delimiter(',');
  app->add_flag("--full", options->full, "The paper's sizes; takes much longer");
  app->add_option("-o,--output", options->directory, "Where to write")
      ->type_name("DIR")
      ->capture_default_str();
  app->add_option("--target", options->target, "Target picture of spike-train matching (F7), any PNG")
      ->type_name("FILE.png");
  app->add_option(
         "--data", options->data,
         "Labelled spike trains for the classification (F7) in place of randman: a file, or a folder "
         "with a *_train.h5 and a *_test.h5")
      ->type_name("PATH");
  options->common.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace spikegrad::cli
