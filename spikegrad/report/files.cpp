// SPDX-License-Identifier: Apache-2.0
// Result directories: findings.json, figures.json, compare.json, report.html.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/figure/json.hpp"
#include "spikegrad/report/alignment.hpp"
#include "spikegrad/report/comparison.hpp"
#include "spikegrad/report/report.hpp"
#include "spikegrad/report/sweep.hpp"

namespace spikegrad {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// The library's message without its number, on one line.
std::string reason(const json::exception& error) {
  std::string text = error.what();
  if (const auto end = text.find("] "); end != std::string::npos) text.erase(0, end + 2);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text;
}

template <class Json>
Json parse(const std::string& text, const fs::path& path) {
  if (text.empty()) throw UserError(path.string() + ": is empty, JSON is expected");
  try {
    return Json::parse(text);
  } catch (const json::exception& error) {
    throw UserError(path.string() + ": is not JSON: " + reason(error));
  }
}
template <class Json>
Json parse(const fs::path& path) {
  return parse<Json>(read_file(path), path);
}

void check_figures(const Results& results, const fs::path& path) {
  try {
    for (const auto& finding : results.findings)
      for (const auto& figure : finding.figures) check(figure);
  } catch (const InternalError& error) {
    throw UserError(path.string() + ": " + error.what());
  }
}

}  // namespace

void write_results(const fs::path& directory, const Results& results) {
  const std::string page = render_report({results});
  constexpr auto replace = json::error_handler_t::replace;
  write_file(directory / "findings.json",
             findings_json(results.findings).dump(2, ' ', false, replace) + "\n");
  write_file(directory / "figures.json", figures_json(results).dump(-1, ' ', false, replace) + "\n");
  write_file(directory / "report.html", page);
}

std::vector<std::string> finding_ids(const fs::path& directory) {
  const fs::path findings = directory / "findings.json";
  std::error_code ignored;
  std::vector<std::string> ids;
  if (!fs::exists(findings, ignored)) return ids;
  try {
    for (const json& row : parse<json>(findings)) {
      const auto& id = row.at("id").get_ref<const std::string&>();
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    }
  } catch (const json::exception& error) {
    throw UserError(findings.string() + ": is not what reproduce writes: " + reason(error));
  }
  return ids;
}

Results comparison_results(const std::string& text, const std::string& source) {
  const auto content = parse<ordered_json>(text, source);
  Results results;
  try {
    results.info = comparison_info(content, source);
    if (content.contains("checkpoints"))
      results.findings = {alignment_section(content)};
    else if (content.contains("sweep"))
      results.findings = {sweep_section(content)};
    else
      results.findings = comparison_sections(content);
  } catch (const json::exception& error) {
    throw UserError(source + ": is not what compare writes: " + reason(error));
  }
  check_figures(results, source);
  return results;
}

Results read_results(const fs::path& directory) {
  const fs::path findings = directory / "findings.json", figures = directory / "figures.json",
                 file = directory / "compare.json";
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored))
    throw UserError(directory.string() +
                    ": is no result directory; one that `spikegrad reproduce -o` wrote is expected");
  Results results;
  const bool compared = fs::exists(file, ignored);
  if (!compared || fs::exists(findings, ignored) || fs::exists(figures, ignored)) {
    const json rows = parse<json>(findings), rest = parse<json>(figures);
    try {
      results = results_from_json(rows, rest);
    } catch (const json::exception& error) {
      throw UserError(directory.string() +
                      ": findings.json and figures.json are not what reproduce writes: " + reason(error));
    }
    check_figures(results, figures);
  }
  if (compared) {
    Results comparison = comparison_results(read_file(file), file.string());
    if (results.findings.empty()) return comparison;
    for (FindingResult& section : comparison.findings) results.findings.push_back(std::move(section));
  }
  return results;
}

void write_report(const std::vector<fs::path>& directories, const fs::path& file) {
  std::vector<Results> all;
  for (const auto& directory : directories) all.push_back(read_results(directory));
  write_file(file, render_report(all));
}

}  // namespace spikegrad
