// SPDX-License-Identifier: Apache-2.0
// The two files of a result directory.
#include "spikegrad/figure/json.hpp"

#include <algorithm>

#include "spikegrad/figure/json_members.hpp"

namespace spikegrad {

using nlohmann::json;

json findings_json(const std::vector<FindingResult>& results) {
  json list = json::array();
  for (const auto& result : results)
    for (const auto& row : result.rows) {
      list.push_back(row);
      list.back()["holds"] = row.verdict == Verdict::holds;  // the verdict once more, for a quick look
    }
  return list;
}

json figures_json(const Results& results) {
  return {{"info", results.info}, {"findings", results.findings}};
}

Results results_from_json(const json& findings, const json& figures) {
  Results results{.info = figures.at("info").get<RunInfo>(), .findings = {}};
  json_members::read(figures.at("findings"), results.findings);
  std::vector<FindingRow> rows;
  json_members::read(findings, rows);
  for (auto& row : rows) {
    auto section = std::ranges::find(results.findings, row.id, &FindingResult::id);
    if (section == results.findings.end()) {
      results.findings.push_back({.id = row.id, .title = row.id, .statement = {}});
      section = std::prev(results.findings.end());
    }
    section->rows.push_back(std::move(row));
  }
  return results;
}

}  // namespace spikegrad
