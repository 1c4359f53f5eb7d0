// SPDX-License-Identifier: Apache-2.0
// spikegrad reproduce: measures the findings of the study, prints a table, writes findings.json and
// report.html.
#include <fmt/core.h>

#include <algorithm>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/figure/text.hpp"
#include "spikegrad/front/reproduction.hpp"

namespace spikegrad::cli {
namespace {

struct ReproduceOptions {
  Common common;
  std::vector<std::string> only;
  bool full = false, strict = false;
  std::string directory = "results", target, data;
};

std::string command_line(const ReproduceOptions& options, std::uint64_t seed) {
  std::string text = fmt::format("spikegrad reproduce --seed {}", seed);
  if (options.full) text += " --full";
  for (std::size_t i = 0; i < options.only.size(); ++i) text += (i ? "," : " --only ") + options.only[i];
  if (!options.target.empty()) text += " --target " + shell_word(options.target);
  if (!options.data.empty()) text += " --data " + shell_word(options.data);
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

const char* word(Verdict verdict) {
  return verdict == Verdict::holds       ? "holds       "
         : verdict == Verdict::undecided ? "undecided   "
                                         : "CONTRADICTED";
}

void print_rows(const FindingResult& result, bool claims) {
  std::size_t widest = 0;
  for (const FindingRow& row : result.rows) widest = std::max(widest, width(plain_text(row.quantity)));
  for (const FindingRow& row : result.rows) {
    if (row.claim != claims) continue;
    fmt::print("  {}  {}{:>12.5g}{}  {:.1f} s\n", word(row.verdict), padded(plain_text(row.quantity), widest),
               row.value, padded(row.std_error ? fmt::format(" +- {:.2g}", *row.std_error) : "", 12),
               row.seconds);
    if (row.verdict == Verdict::undecided || row.verdict == Verdict::contradicted)
      fmt::print("                (holds if {}{}{})\n", plain_text(row.rule), row.remark.empty() ? "" : "; ",
                 row.remark);
  }
}

void print_result(const FindingResult& result) {
  fmt::print("\n{} {}\n", result.id, result.title);
  print_rows(result, true);
  if (std::ranges::all_of(result.rows, &FindingRow::claim)) return;
  fmt::print("  Side questions, which do not decide the finding\n");
  print_rows(result, false);
}

/// Counts the claims, and says so.
int conclude(const ReproduceOptions& options, const Results& results) {
  std::size_t holds = 0, undecided = 0, contradicted = 0, side = 0, side_holds = 0;
  for (const FindingResult& result : results.findings) {
    holds += count_rows(result.rows, Verdict::holds);
    undecided += count_rows(result.rows, Verdict::undecided);
    contradicted += count_rows(result.rows, Verdict::contradicted);
    side_holds += count_rows(result.rows, Verdict::holds, false);
    side += static_cast<std::size_t>(std::ranges::count(result.rows, false, &FindingRow::claim));
  }
  fmt::print("\nClaims: {} hold, {} undecided, {} contradicted. Side questions: {} of {} hold. ({:.0f} s)\n",
             holds, undecided, contradicted, side_holds, side, results.info.seconds);
  fmt::print("Report: {}\n", (std::filesystem::path(options.directory) / "report.html").string());
  return passes(results.findings, options.strict) ? Exit::done : Exit::check_failed;
}

int run(const ReproduceOptions& options) {
  const FindingSettings findings{
      .full = options.full,
      .seed = options.common.seed.value_or(1),
      .threads = options.common.threads,
      .target = options.target.empty() ? std::nullopt : std::optional<std::filesystem::path>(options.target),
      .data = options.data.empty() ? std::nullopt : std::optional<std::filesystem::path>(options.data),
      .isolation = Isolation::child};
  TerminalProgress progress(options.common.quiet);
  std::string done;
  const auto on_result = [&](const FindingResult& result) {
    progress.clear();
    print_result(result);
    std::fflush(stdout);
    done += (done.empty() ? "" : ", ") + result.id;
  };
  try {
    return conclude(options,
                    reproduce({.findings = findings,
                               .only = options.only,
                               .folder = options.directory,
                               .command = command_line(options, findings.seed),
                               .on_begin = [&](const FindingInfo& f) { progress.prefix(std::string(f.id)); },
                               .on_result = on_result},
                              progress));
  } catch (const Interrupted&) {
    progress.clear();
    if (!done.empty()) fmt::print(stderr, "spikegrad: {}: kept in {}\n", done, options.directory);
    throw;
  }
}

}  // namespace

Command add_reproduce(App& program) {
  auto options = std::make_shared<ReproduceOptions>();
  App* app = program.add_subcommand(
      "reproduce",
      "Measure the findings of the study; print a table; write findings.json, figures.json and report.html.\n"
      "Exit code 1 if a claim is contradicted. Example: spikegrad reproduce --only F3,F4 -o results");
  app->add_option("--only", options->only, "Findings, separated by commas (all): F1,F2,…")->delimiter(',');
  app->add_flag("--full", options->full, "The paper's sizes; takes much longer");
  app->add_flag("--strict", options->strict, "Exit code 1 also if a claim is undecided");
  app->add_option("-o,--output", options->directory,
                  "Where to write, after each finding; a folder with other findings is refused")
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
