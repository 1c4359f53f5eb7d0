// SPDX-License-Identifier: Apache-2.0
// Figures and findings as JSON: findings.json is [{id, quantity, value, std_error?, interval?, rule, verdict,
// holds, claim, headline, remark?, seconds}], where holds, which is not read, says that the verdict is "holds";
// figures.json is {info, findings: [{id, title, statement, …, figures}]}, without the rows.
// Empty lists and texts are left out. NaN and infinity become null, null becomes NaN. Unknown keys are
// ignored, so that newer files can be read; a missing switch keeps its default, so that older
// files can; another missing key or a wrong type throws nlohmann::json::exception.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "spikegrad/figure/finding.hpp"

namespace spikegrad {

void to_json(nlohmann::json& json, const Figure& figure);
void from_json(const nlohmann::json& json, Figure& figure);

void to_json(nlohmann::json& json, const Table& table);
void from_json(const nlohmann::json& json, Table& table);

void to_json(nlohmann::json& json, const FindingRow& row);
void from_json(const nlohmann::json& json, FindingRow& row);

void to_json(nlohmann::json& json, const FindingResult& result);
void from_json(const nlohmann::json& json, FindingResult& result);

void to_json(nlohmann::json& json, const RunInfo& info);
void from_json(const nlohmann::json& json, RunInfo& info);

/// The content of findings.json: the rows of all results, in order.
nlohmann::json findings_json(const std::vector<FindingResult>& results);

/// The content of figures.json.
nlohmann::json figures_json(const Results& results);

/// Both files back together. Rows whose finding has no section get one that bears only their id.
Results results_from_json(const nlohmann::json& findings, const nlohmann::json& figures);

}  // namespace spikegrad
