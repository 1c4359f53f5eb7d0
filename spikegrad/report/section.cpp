// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "spikegrad/figure/text.hpp"
#include "spikegrad/report/html.hpp"

namespace spikegrad {
namespace {

std::string mark_html(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return R"(<span class="mark holds"><span aria-hidden="true">✓</span> holds</span>)";
    case Verdict::contradicted:
      return R"(<span class="mark fails"><span aria-hidden="true">✗</span> contradicted</span>)";
    case Verdict::undecided:
      return R"(<span class="mark open"><span aria-hidden="true">?</span> undecided</span>)";
  }
  return {};
}

/// Rows that were measured together with another took no time of their own.
constexpr double worth_a_time = 1e-3;

/// Small, below a cell's content.
std::string small_html(const std::string& text) {
  return text.empty() ? text : "<span class=\"claim\">" + rich_html(text) + "</span>";
}

std::string time_html(const FindingRow& row) {
  return fmt::format(R"(<td class="number" data-label="time">{}</td>)",
                     row.seconds >= worth_a_time ? seconds_text(row.seconds) : std::string());
}

/// A table of the rows that are claims, or of those that are not.
std::string rows_html(const FindingResult& result, bool claims, const std::string& label) {
  std::string html;
  const bool timed = std::ranges::any_of(
      result.rows, [&](const FindingRow& row) { return row.claim == claims && row.seconds >= worth_a_time; });
  for (const auto& row : result.rows) {
    if (row.claim != claims) continue;
    const std::string interval = row.interval ? "interval " + measured_text((*row.interval)[0]) + " to " +
                                                    measured_text((*row.interval)[1])
                                              : "";
    html += fmt::format(
        R"(<tr><th scope="row">{}</th><td class="number" data-label="measured">{}{}</td><td data-label="holds if">{}</td><td data-label="verdict">{}{}</td>{}</tr>)"
        "\n",
        rich_html(row.quantity), measured_text(row.value, row.std_error), small_html(interval),
        rich_html(row.rule), mark_html(row.verdict), small_html(row.remark), timed ? time_html(row) : "");
  }
  if (html.empty()) return {};
  return fmt::format(
             R"(<div class="scroll" tabindex="0" role="region" aria-label="{}"><table class="rows stacked">
<thead><tr><th scope="col">quantity</th><th scope="col">measured</th><th scope="col">holds if</th><th scope="col">verdict</th>{}</tr></thead>
<tbody>
)",
             escape_html(label), timed ? R"(<th scope="col">time</th>)" : "") +
         html + "</tbody></table></div>\n";
}

/// "10 quantities: 10 hold", which opens the table; it is open where something does not hold.
std::string folded_rows_html(const FindingResult& result, const std::string& table) {
  constexpr std::ptrdiff_t few = 3;
  const auto claims = std::ranges::count(result.rows, true, &FindingRow::claim);
  if (claims <= few) return table;
  const std::size_t holds = count_rows(result.rows, Verdict::holds),
                    contradicted = count_rows(result.rows, Verdict::contradicted),
                    undecided = count_rows(result.rows, Verdict::undecided);
  std::string counts = fmt::format("{} quantities: {} hold", claims, holds);
  if (undecided > 0) counts += fmt::format(", {} undecided", undecided);
  if (contradicted > 0) counts += fmt::format(", {} contradicted", contradicted);
  return fmt::format("<details class=\"fold\"{}><summary>{}</summary>\n",
                     contradicted + undecided > 0 ? " open" : "", counts) +
         table + "</details>\n";
}

std::string all_rows_html(const FindingResult& result) {
  std::string html = folded_rows_html(result, rows_html(result, true, "Quantities of " + result.id));
  if (const auto side = rows_html(result, false, "Side questions of " + result.id); !side.empty())
    html += "<h3>Side questions, which do not decide the finding</h3>\n" + side;
  return html;
}

std::string table_html(const Table& table) {
  std::string html = fmt::format(
      R"(<div class="scroll" tabindex="0" role="region" aria-label="{0}"><p class="table-title">{1}</p><table class="cells"><thead><tr>)",
      escape_html(plain_text(table.caption)), rich_html(table.caption));
  for (const auto& cell : table.header) html += "<th scope=\"col\">" + rich_html(cell) + "</th>";
  html += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      html +=
          i == 0 ? "<th scope=\"row\">" + rich_html(row[i]) + "</th>" : "<td>" + rich_html(row[i]) + "</td>";
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

/// The words a screen reader gives for a plot.
std::string panel_label(const Figure& figure, const Panel& panel) {
  std::string label = plain_text(panel.title.empty() ? figure.title : figure.title + ", " + panel.title);
  const std::string x = plain_text(panel.x.label), y = plain_text(panel.y.label);
  if (!y.empty()) label += ": " + y;
  if (!x.empty()) label += (y.empty() ? ": over " : " over ") + x;
  return label;
}

std::string figure_html(const Figure& figure, PageState& state) {
  const std::string anchor = figure_anchor(figure, state);
  const std::size_t n = figure.panels.size();
  const std::size_t columns = figure.columns != 0 ? figure.columns : (n <= 3 ? n : 2);
  std::string html = fmt::format(
      "<figure id=\"{}\" aria-labelledby=\"{}-title\">\n<div class=\"panels\" style=\"--columns:{}\">\n",
      anchor, anchor, columns);
  for (const auto& panel : figure.panels) {
    html += "<div class=\"panel\">";
    if (!panel.title.empty()) html += "<div class=\"panel-title\">" + rich_html(panel.title) + "</div>";
    html += fmt::format(
        R"(<div class="upward">{}</div><div class="plot" role="img" aria-label="{}"></div><div class="rightward">{}</div><div class="scale"></div></div>)"
        "\n",
        rich_html(panel.transposed ? panel.x.label : panel.y.label), escape_html(panel_label(figure, panel)),
        rich_html(panel.transposed ? panel.y.label : panel.x.label));
  }
  html += fmt::format(R"(</div>
<div class="legend" role="group" aria-label="Curves shown"></div>
<figcaption><p><b id="{0}-title">Figure {1}. {2}.</b> {3}</p><p class="data">Save: data as <button type="button" data-format="csv">CSV</button> or <button type="button" data-format="json">JSON</button>, picture as <button type="button" data-format="svg">SVG</button></p></figcaption>
</figure>
)",
                      anchor, ++state.figures, rich_html(figure.title), rich_html(figure.caption));
  return html;
}

}  // namespace

std::string section_anchor(const FindingResult& result, const PageState& state) {
  std::string anchor = state.prefix;
  for (const char c : result.id)
    anchor += std::isalnum(static_cast<unsigned char>(c))
                  ? static_cast<char>(std::tolower(static_cast<unsigned char>(c)))
                  : '-';
  return anchor;
}

std::string figure_anchor(const Figure& figure, const PageState& state) {
  return state.prefix + "figure-" + figure.id;
}

std::string verdict_html(const FindingResult& result) {
  const auto verdict = verdict_of(result);
  return verdict ? mark_html(*verdict) : std::string();
}

std::string section_html(const FindingResult& result, PageState& state) {
  const std::string anchor = section_anchor(result, state);
  const bool numbered = result.id != result.title && !result.rows.empty();
  std::string html = fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}{2} {3}</h2>\n", anchor,
      numbered ? "<span class=\"number-of\">" + escape_html(result.id) + "</span> " : "",
      rich_html(result.title), verdict_html(result));
  html += paragraphs_html(result.statement, "class=\"statement\"");
  html += paragraphs_html(result.method);
  html += all_rows_html(result);
  for (const auto& table : result.tables) html += table_html(table);
  for (const auto& figure : result.figures) html += figure_html(figure, state);
  if (!result.notes.empty())
    html += "<aside class=\"notes\" aria-label=\"Notes\">" + paragraphs_html(result.notes) + "</aside>\n";
  return html + "</section>\n";
}

std::string summary_html(const std::vector<FindingResult>& results, const PageState& state) {
  std::string html;
  for (const auto& result : results) {
    if (result.rows.empty()) continue;
    const FindingRow& first = *headline_of(result);
    const auto claims = std::ranges::count(result.rows, true, &FindingRow::claim);
    html += fmt::format(
        R"(<tr><th scope="row"><a href="#{}">{}</a></th><td><a href="#{}"><b>{}</b></a><span class="claim">{}</span></td><td data-label="measured"><span class="number">{}</span><span class="claim">{}</span></td><td data-label="verdict">{}<span class="claim">{} of {}</span></td><td class="number" data-label="time">{}</td></tr>)"
        "\n",
        section_anchor(result, state), escape_html(result.id), section_anchor(result, state),
        rich_html(result.title), rich_html(result.statement), measured_text(first.value, first.std_error),
        rich_html(first.quantity), verdict_html(result), count_rows(result.rows, Verdict::holds), claims,
        seconds_text(seconds(result)));
  }
  if (html.empty()) return {};
  return R"(<div class="scroll" tabindex="0" role="region" aria-label="Findings"><table class="summary stacked"><thead><tr><th scope="col"></th><th scope="col">finding</th><th scope="col">measured</th><th scope="col">verdict</th><th scope="col">time</th></tr></thead><tbody>
)" + html +
         "</tbody></table></div>\n";
}

}  // namespace spikegrad
