// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "spikegrad/core/quantile.hpp"
#include "spikegrad/figure/frontier.hpp"
#include "spikegrad/figure/text.hpp"
#include "spikegrad/report/comparison_file.hpp"

namespace spikegrad {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_parameters_drawn = 1000, most_block_rows = 200;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Estimators whose errors cannot be trusted are marked wherever they are named.
constexpr std::string_view doubtful = " !";

std::string shown_name(const ComparedEstimator& e) {
  return e.doubt.empty() ? e.name : e.name + std::string(doubtful);
}
std::string colour_of(const std::string& shown) {
  return shown.ends_with(doubtful) ? shown.substr(0, shown.size() - doubtful.size()) : shown;
}

double degrees_of_freedom(const ComparedEstimator& e) {
  return e.noisy ? static_cast<double>(e.samples) - 1.0 : std::numeric_limits<double>::infinity();
}

/// May this estimator have a bias that is worth a test?
bool tested(const ComparedEstimator& e) {
  return !e.unbiased && !(e.noisy && e.samples < 2);
}

double floor_of(const ComparedEstimator& e, std::size_t tests) {
  if (!tested(e)) return 0.0;
  const double noise = std::isnan(e.bias_std_error) ? 0.0 : e.bias_std_error;
  const double chance =
      noise > 0.0 ? student_quantile(0.05 / static_cast<double>(tests), degrees_of_freedom(e)) * noise : 0.0;
  return e.bias <= chance ? 0.0 : std::sqrt(e.bias * e.bias - noise * noise);
}

Panel frontier_of(const std::vector<ComparedEstimator>& all) {
  const auto tests = static_cast<std::size_t>(std::ranges::count_if(all, tested));
  std::vector<EstimatorCost> costs;
  for (const auto& e : all)
    costs.push_back({shown_name(e), floor_of(e, tests), e.variance, e.seconds_per_sample});
  Panel panel = frontier_panel(costs);
  panel.label_lines = true;
  for (Series& series : panel.series) series.colour = colour_of(series.name);
  for (Reference& line : panel.references) line.colour = colour_of(line.colour);
  return panel;
}

/// One point an estimator, the names on the axis.
template <class Value>
Panel measure_panel(const std::vector<ComparedEstimator>& all, Axis axis, const Value& value) {
  Panel panel{.x = {.reversed = true}, .y = std::move(axis), .transposed = true};
  for (std::size_t i = 0; i < all.size(); ++i) {
    panel.x.categories.push_back(shown_name(all[i]));
    Series point{.name = shown_name(all[i]),
                 .x = {static_cast<double>(i)},
                 .style = Style::markers,
                 .colour = all[i].name};
    value(all[i], point);
    panel.series.push_back(std::move(point));
  }
  return panel;
}

Figure measures_figure(const std::vector<ComparedEstimator>& all, double truth) {
  // A logarithmic axis from the differences' 1e-11 to the largest bias would show nothing between.
  const double exact = 1e-6 * truth;
  Panel bias = measure_panel(all, {.label = "bias (L/w)", .log = true}, [=](const auto& e, Series& point) {
    point.y = {e.bias > exact ? e.bias : nan};
    if (!std::isnan(e.bias_low)) point.lower = {e.bias_low}, point.upper = {e.bias_high};
  });
  if (truth > 0.0)
    bias.references = {{.direction = Direction::y, .at = truth, .label = "length of the truth"}};
  Panel cosine = measure_panel(all, {.label = "cosine", .range = {{-1.05, 1.05}}},
                               [](const auto& e, Series& point) { point.y = {e.cosine}; });
  cosine.references = {{.direction = Direction::y, .at = 1.0}};
  Figure figure{
      .id = "compare-measures",
      .title = "What each estimator's gradient is worth",
      .caption =
          "Bias: length of mean − truth; the bar is the 95 % interval of the bias itself, cut off at a tenth of "
          "the value where there may be none. Estimators without a mark there are exact to a millionth. Variance: "
          "trace, of one sample; none where a sample holds no randomness. Cosine: mean gradient against truth; 1 "
          "is right. !: errors not to be trusted.",
      .panels = {std::move(bias),
                 measure_panel(all, {.label = "variance of a sample (L²/w²)", .log = true},
                               [](const auto& e, Series& point) { point.y = {e.variance}; }),
                 measure_panel(all, {.label = "time per sample (s)", .log = true},
                               [](const auto& e, Series& point) { point.y = {e.seconds_per_sample}; }),
                 std::move(cosine)},
      .columns = 2};
  return figure;
}

Figure gradients_figure(const std::vector<ComparedEstimator>& all, const std::vector<double>& truth) {
  const auto [least, most] = std::ranges::minmax_element(truth);
  Panel panel{
      .x = {.label = "true derivative (L/w)"},
      .y = {.label = "mean of the estimator (L/w)"},
      .series = {{.name = "truth", .x = {*least, *most}, .y = {*least, *most}, .style = Style::dotted}}};
  for (const auto& e : all)
    if (e.mean.size() == truth.size())
      panel.series.push_back({.name = shown_name(e),
                              .x = truth,
                              .y = e.mean,
                              .std_error = e.std_error,
                              .style = Style::markers,
                              .colour = e.name});
  return {
      .id = "compare-gradients",
      .title = "The gradient, parameter by parameter",
      .caption = "One point a parameter; an unbiased estimator lies on the dotted line within its errors.",
      .panels = {std::move(panel)}};
}

std::optional<double> known(double error) {
  return std::isnan(error) ? std::nullopt : std::optional(error);
}

/// Bias, variance, what carries it, cosine, signs: the cells that estimators and their blocks share.
void add_cells(std::vector<std::string>& row, const ComparedPart& part) {
  const auto noise = part.bias_std_error == 0.0 ? std::nullopt : known(part.bias_std_error);
  row.insert(row.end(),
             {measured_text(part.bias, noise), measured_text(part.variance),
              measured_text(part.effective_samples < 10.0 ? part.effective_samples
                                                          : std::round(part.effective_samples)),
              measured_text(part.cosine), fmt::format("{} of {}", part.right, part.right + part.wrong),
              std::to_string(part.undecided)});
}

const std::vector<std::string> part_header = {"bias (L/w)", "variance (L²/w²)", "n<sub>eff</sub>",
                                              "cosine",     "signs right",      "undecided"};

Table table_of(const std::vector<ComparedEstimator>& all) {
  Table table{.caption = "All estimators", .header = {"estimator", "samples"}};
  table.header.insert(table.header.end(), part_header.begin(), part_header.end());
  table.header.push_back("time per sample");
  for (const auto& e : all) {
    std::vector<std::string> row{shown_name(e), std::to_string(e.samples)};
    add_cells(row, e);
    row.push_back(seconds_text(e.seconds_per_sample));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table blocks_table(const std::vector<ComparedEstimator>& all) {
  Table table{.caption = "All estimators, by block of parameters", .header = {"parameters", "estimator"}};
  table.header.insert(table.header.end(), part_header.begin(), part_header.end());
  for (std::size_t b = 0; !all.empty() && b < all[0].blocks.size(); ++b)
    for (const auto& e : all)
      if (b < e.blocks.size()) {
        std::vector<std::string> row{e.blocks[b].name, e.name};
        add_cells(row, e.blocks[b]);
        table.rows.push_back(std::move(row));
      }
  return table;
}

std::string method_text(const ordered_json& comparison, const std::vector<ComparedEstimator>& all,
                        std::size_t parameters) {
  const auto& truth = comparison.at("truth");
  std::string text =
      fmt::format("The gradients of {} estimators with respect to {} parameters", all.size(), parameters);
  if (const std::string model = model_text(comparison); !model.empty()) text += " of " + model;
  text += ", against the truth: " + truth.at("method").get<std::string>();
  if (truth.contains("detail")) text += ", " + truth.at("detail").get<std::string>();
  return text +
         ".\n\nBias: length of mean − truth ± the length that noise alone would give it. n<sub>eff</sub>: how many "
         "samples the variance rests on; below 20 the error is not to be trusted. Signs: right of those resolved, "
         "where truth and mean are beyond two standard errors; undecided are the others whose derivative is not "
         "0. L: loss, w: parameter.";
}

std::string notes_of(const ordered_json& comparison, const std::vector<ComparedEstimator>& all) {
  std::string text, doubts;
  for (const auto& e : all)
    if (!e.doubt.empty()) doubts += (doubts.empty() ? "" : ". ") + ("<b>" + e.name + "</b>: " + e.doubt);
  if (!doubts.empty())
    text = "Standard errors not to be trusted (!); more samples may change them much: " + doubts + ".\n\n";
  if (comparison.contains("refused"))
    for (const auto& [name, why] : comparison.at("refused").items())
      text += "<b>" + name + "</b> was left out: " + why.get<std::string>() + ".\n\n";
  return text;
}

}  // namespace

FindingResult comparison_section(const ordered_json& comparison) {
  const std::vector<double> gradient = json_numbers(comparison.at("truth"), "gradient");
  const std::vector<ComparedEstimator> all = compared_estimators(comparison);
  double square = 0.0;
  for (const double g : gradient) square += g * g;
  const std::string model = model_text(comparison);
  FindingResult section{
      .id = "compare",
      .title = "Bias, variance and cost" + (model.empty() ? "" : ": " + model),
      .statement = {},
      .method = method_text(comparison, all, gradient.size()),
      .tables = {table_of(all)},
      .figures =
          {measures_figure(all, std::sqrt(square)),
           {.id = "compare-frontier",
            .title = "Error reached in a given time",
            .caption =
                "Root mean squared error of the mean of as many samples as fit into the time. The lowest "
                "curve is the cheapest estimator; a biased one wins as long as its floor is below the noise "
                "of the others. Estimators that are unbiased by construction have no floor; of the others "
                "a bias counts that chance would make with less than 5 % for any of them. Those without a "
                "known variance have no curve; curves marked ! may be much too low.",
            .panels = {frontier_of(all)}}},
      .notes = notes_of(comparison, all)};
  if (!gradient.empty() && gradient.size() <= most_parameters_drawn)
    section.figures.push_back(gradients_figure(all, gradient));
  return section;
}

std::vector<FindingResult> comparison_sections(const ordered_json& comparison) {
  std::vector<FindingResult> sections{comparison_section(comparison)};
  const std::vector<ComparedEstimator> all = compared_estimators(comparison);
  if (Table blocks = blocks_table(all);
      !all.empty() && all[0].blocks.size() > 1 && blocks.rows.size() <= most_block_rows)
    sections.push_back({.id = "blocks", .title = "By block of parameters", .tables = {std::move(blocks)}});
  return sections;
}

}  // namespace spikegrad
