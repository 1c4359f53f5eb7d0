// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "spikegrad/core/embedded.hpp"
#include "spikegrad/figure/json.hpp"
#include "spikegrad/figure/text.hpp"
#include "spikegrad/report/html.hpp"
#include "spikegrad/report/section.hpp"

namespace spikegrad {
namespace {

void add_fact(std::string& html, const char* name, const std::string& value_html) {
  if (!value_html.empty()) html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value_html);
}

/// What was run, when, where, with what: the facts a reader needs to repeat it.
std::string facts_html(const RunInfo& info) {
  std::string html;
  if (!info.command.empty()) add_fact(html, "command", "<code>" + escape_html(info.command) + "</code>");
  add_fact(html, "version", escape_html(info.version));
  if (!info.version.empty()) add_fact(html, "seed", std::to_string(info.seed));
  add_fact(html, "date", escape_html(info.date));
  add_fact(html, "machine", escape_html(info.machine));
  if (info.seconds > 0.0) add_fact(html, "wall time", seconds_text(info.seconds));
  return "<dl class=\"facts\">\n" + html + "</dl>\n";
}

/// "7 findings measured in 31 quantities: 6 hold, 1 is undecided."
std::string verdict_of_all(const std::vector<FindingResult>& findings) {
  std::size_t claims = 0, quantities = 0, holds = 0, contradicted = 0;
  for (const auto& finding : findings) {
    const auto verdict = verdict_of(finding);
    quantities += finding.rows.size();
    claims += verdict.has_value();
    holds += verdict == Verdict::holds;
    contradicted += verdict == Verdict::contradicted;
  }
  if (claims == 0) return {};
  std::string verdict;
  const auto add = [&verdict](std::size_t findings_so, const char* one, const char* more) {
    if (findings_so == 0) return;
    verdict +=
        fmt::format("{}{} {}", verdict.empty() ? "" : ", ", findings_so, findings_so == 1 ? one : more);
  };
  add(holds, "holds", "hold");
  add(claims - holds - contradicted, "is undecided", "are undecided");
  add(contradicted, "is contradicted", "are contradicted");
  return fmt::format(
      "<p class=\"verdict-of-all\">{} finding{} measured in {} quantit{}: {}. A verdict is wrong with a "
      "probability of at most {}.</p>\n",
      claims, claims == 1 ? "" : "s", quantities, quantities == 1 ? "y" : "ies", verdict,
      measured_text(false_alarm_rate));
}

std::string contents_html(const std::vector<FindingResult>& findings, const PageState& state) {
  std::string html;
  for (const auto& finding : findings) {
    const auto verdict = verdict_of(finding);
    const char* mark = verdict == Verdict::contradicted ? " <span class=\"fails\">✗</span>"
                       : verdict == Verdict::undecided  ? " <span class=\"open\">?</span>"
                                                        : "";
    const std::string id =
        finding.rows.empty() ? "" : "<span class=\"number-of\">" + escape_html(finding.id) + "</span> ";
    html += fmt::format("<li><a href=\"#{}\">{}{}</a>{}</li>\n", section_anchor(finding, state), id,
                        rich_html(finding.title), mark);
  }
  return html;
}

}  // namespace

std::string render_report(const std::vector<Results>& results) {
  std::string body, contents, title;
  nlohmann::json data = nlohmann::json::array();
  PageState state;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& [info, findings] = results[i];
    state.prefix = results.size() == 1 ? "" : fmt::format("r{}-", i + 1);
    title += (i == 0 ? "" : ", ") + plain_text(info.title);
    body += fmt::format("<header>\n<h1>{}</h1>\n{}{}</header>\n", rich_html(info.title),
                        verdict_of_all(findings), facts_html(info));
    body += summary_html(findings, state);
    contents += contents_html(findings, state);
    for (const auto& finding : findings) {
      body += section_html(finding, state);
      for (const auto& figure : finding.figures) {
        check(figure);
        data.push_back({{"anchor", figure_anchor(figure, state)},
                        {"section", section_anchor(finding, state)},
                        {"figure", figure}});
      }
    }
  }
  const std::string title_html = escape_html(title), data_text = script_json(data);
  const std::string plotly = script_code(embedded_file("plotly.min.js"));
  std::string script;
  for (const auto name : embedded_names("report/"))
    if (name.ends_with(".js")) script += script_code(embedded_file(name));
  return fill_template(embedded_file("report/report.html"), {{"TITLE", title_html},
                                                             {"STYLE", embedded_file("report/report.css")},
                                                             {"CONTENTS", contents},
                                                             {"BODY", body},
                                                             {"DATA", data_text},
                                                             {"PLOTLY", plotly},
                                                             {"SCRIPT", script}});
}

}  // namespace spikegrad
