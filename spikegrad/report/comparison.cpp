// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "spikegrad/figure/frontier.hpp"
#include "spikegrad/figure/text.hpp"

namespace spikegrad {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_parameters_drawn = 1000;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Measured {
  std::string name;
  std::uint64_t samples = 0;
  std::vector<double> mean, std_error;
  double bias = nan, bias_std_error = nan, variance = nan, cosine = nan, sign_agreement = nan,
         seconds_per_sample = nan;
};

/// A number that may be null (not defined for this estimator) or absent.
double number(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nan : found->get<double>();
}

std::vector<double> numbers(const ordered_json& object, const char* key) {
  std::vector<double> list;
  if (object.contains(key))
    for (const auto& x : object.at(key)) list.push_back(x.is_null() ? nan : x.get<double>());
  return list;
}

Measured read(const std::string& name, const ordered_json& entry) {
  Measured m{.name = name,
             .samples = entry.at("samples").get<std::uint64_t>(),
             .mean = numbers(entry, "mean"),
             .std_error = numbers(entry, "std_error"),
             .bias = entry.at("bias").get<double>()};
  m.bias_std_error = number(entry, "bias_std_error");
  m.variance = number(entry, "variance");
  m.cosine = number(entry, "cosine");
  m.sign_agreement = number(entry, "sign_agreement");
  m.seconds_per_sample = number(entry, "seconds_per_sample");
  return m;
}

double bias_without_noise(const Measured& m) {
  constexpr double told_apart = 2.0;
  const double noise = std::isnan(m.bias_std_error) ? 0.0 : m.bias_std_error;
  return m.bias <= told_apart * noise ? 0.0 : std::sqrt(m.bias * m.bias - noise * noise);
}

/// Which estimators could not be used on this model, and why.
std::string refusals(const ordered_json& comparison) {
  std::string text;
  if (comparison.contains("refused"))
    for (const auto& [name, why] : comparison.at("refused").items())
      text += "<b>" + name + "</b> was left out: " + why.get<std::string>() + ".\n\n";
  return text;
}

/// One point an estimator, the names on the axis.
Panel measure_panel(const std::vector<Measured>& all, Axis axis, double Measured::*value,
                    double Measured::*error = nullptr) {
  Panel panel{.x = {.reversed = true}, .y = std::move(axis), .transposed = true};
  for (std::size_t i = 0; i < all.size(); ++i) {
    panel.x.categories.push_back(all[i].name);
    Series point{
        .name = all[i].name, .x = {static_cast<double>(i)}, .y = {all[i].*value}, .style = Style::markers};
    if (error) point.std_error = {all[i].*error};
    panel.series.push_back(std::move(point));
  }
  return panel;
}

Figure measures_figure(const std::vector<Measured>& all) {
  Figure figure{
      .id = "compare-measures",
      .title = "What each estimator's gradient is worth",
      .caption =
          "Bias: length of mean − truth; the bar is the length that the noise of both alone would have, so "
          "an "
          "unbiased estimator lies near the end of its bar. Variance: trace, of one sample. Cosine and share "
          "of equal signs: mean gradient against truth; 1 is right.",
      .panels = {measure_panel(all, {.label = "bias", .log = true}, &Measured::bias,
                               &Measured::bias_std_error),
                 measure_panel(all, {.label = "variance of a sample", .log = true}, &Measured::variance),
                 measure_panel(all, {.label = "time per sample (s)", .log = true},
                               &Measured::seconds_per_sample),
                 measure_panel(all, {.label = "cosine"}, &Measured::cosine),
                 measure_panel(all, {.label = "share of equal signs"}, &Measured::sign_agreement)},
      .columns = 3};
  for (std::size_t i : {3u, 4u}) figure.panels[i].references = {{.direction = Direction::y, .at = 1.0}};
  return figure;
}

Figure gradients_figure(const std::vector<Measured>& all, const std::vector<double>& truth) {
  const auto [least, most] = std::ranges::minmax_element(truth);
  Panel panel{
      .x = {.label = "true derivative"},
      .y = {.label = "mean of the estimator"},
      .series = {{.name = "truth", .x = {*least, *most}, .y = {*least, *most}, .style = Style::dotted}}};
  for (const auto& m : all)
    if (m.mean.size() == truth.size())
      panel.series.push_back(
          {.name = m.name, .x = truth, .y = m.mean, .std_error = m.std_error, .style = Style::markers});
  return {
      .id = "compare-gradients",
      .title = "The gradient, parameter by parameter",
      .caption = "One point a parameter; an unbiased estimator lies on the dotted line within its errors.",
      .panels = {std::move(panel)}};
}

Table table_of(const std::vector<Measured>& all) {
  Table table{
      .caption = "All estimators",
      .header = {"estimator", "samples", "bias", "variance", "cosine", "equal signs", "time per sample"},
      .rows = {}};
  for (const auto& m : all) {
    const auto error = std::isnan(m.bias_std_error) ? std::nullopt : std::optional(m.bias_std_error);
    table.rows.push_back({m.name, std::to_string(m.samples), measured_text(m.bias, error),
                          measured_text(m.variance), measured_text(m.cosine), measured_text(m.sign_agreement),
                          seconds_text(m.seconds_per_sample)});
  }
  return table;
}

}  // namespace

FindingResult comparison_section(const ordered_json& comparison) {
  const auto& truth = comparison.at("truth");
  const auto gradient = numbers(truth, "gradient");
  std::vector<Measured> all;
  for (const auto& [name, entry] : comparison.at("estimators").items()) all.push_back(read(name, entry));

  std::vector<EstimatorCost> costs;
  for (const auto& m : all)
    costs.push_back({m.name, bias_without_noise(m), m.variance, m.seconds_per_sample});
  FindingResult section{
      .id = "compare",
      .title = "Estimators compared",
      .statement = {},
      .method = "The gradients of " + std::to_string(all.size()) + " estimators with respect to " +
                std::to_string(gradient.size()) +
                " parameters, against the truth: " + truth.at("method").get<std::string>() +
                (truth.contains("detail") ? ", " + truth.at("detail").get<std::string>() : "") + ".",
      .tables = {table_of(all)},
      .figures =
          {measures_figure(all),
           {.id = "compare-frontier",
            .title = "Error reached in a given time",
            .caption =
                "Root mean squared error of the mean of as many samples as fit into the time. The lowest "
                "curve is "
                "the cheapest estimator; a biased one wins as long as its floor is below the noise of the "
                "others. A bias below twice its noise counts as none.",
            .panels = {frontier_panel(costs)}}},
      .notes = refusals(comparison)};
  if (!gradient.empty() && gradient.size() <= most_parameters_drawn)
    section.figures.push_back(gradients_figure(all, gradient));
  return section;
}

}  // namespace spikegrad
