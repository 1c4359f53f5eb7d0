// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/front/reproduction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "spikegrad/core/embedded.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/core/provenance.hpp"
#include "spikegrad/front/machine.hpp"
#include "spikegrad/report/report.hpp"
#include "spikegrad/version.hpp"

namespace spikegrad {
namespace {

/// The findings asked for, each once.
std::vector<const FindingInfo*> chosen_findings(const ReproductionSettings& settings) {
  std::vector<const FindingInfo*> chosen;
  for (const FindingInfo& finding : findings())
    if (settings.only.empty()) chosen.push_back(&finding);
  for (const std::string& id : settings.only)
    if (const FindingInfo* finding = &find_finding(id); std::ranges::find(chosen, finding) == chosen.end())
      chosen.push_back(finding);
  return chosen;
}

void check(const ReproductionSettings& settings, const std::vector<const FindingInfo*>& chosen) {
  const bool files = settings.findings.target || settings.findings.data;
  if (files && std::ranges::none_of(chosen, [](const FindingInfo* f) { return f->check != nullptr; }))
    throw UserError("--target and --data are for F7, which --only leaves out");
  for (const FindingInfo* finding : chosen)
    if (finding->check) finding->check(settings.findings);
  std::error_code ignored;
  if (std::filesystem::exists(settings.folder / "run.json", ignored))
    throw UserError(fmt::format(
        "{}: is the folder of a run, whose report.html would be replaced: give another folder with -o",
        settings.folder.string()));
  for (const std::string& id : finding_ids(settings.folder))
    if (std::ranges::find(chosen, id, &FindingInfo::id) == chosen.end())
      throw UserError(
          fmt::format("{}: holds {}, which --only leaves out and which would be lost: give another "
                      "folder with -o, or remove this one",
                      settings.folder.string(), id));
  check_writable(settings.folder);
  embedded_file("plotly.min.js");  // throws here rather than after the work where the build has none
}

}  // namespace

Results reproduce(const ReproductionSettings& settings, Progress& progress) {
  const std::vector<const FindingInfo*> chosen = chosen_findings(settings);
  check(settings, chosen);
  Results results{.info = {.version = fmt::format("{}, commit {}", version_string(), commit()),
                           .seed = settings.findings.seed,
                           .date = utc_now(),
                           .command = settings.command,
                           .machine = machine()}};
  const auto start = std::chrono::steady_clock::now();
  for (const FindingInfo* finding : chosen) {
    if (settings.on_begin) settings.on_begin(*finding);
    results.findings.push_back(finding->measure(settings.findings, progress));
    // After each finding: what is measured is kept, whatever ends the next one.
    results.info.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    write_results(settings.folder, results);
    if (settings.on_result) settings.on_result(results.findings.back());
  }
  return results;
}

}  // namespace spikegrad
