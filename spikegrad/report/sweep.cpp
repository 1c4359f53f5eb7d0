// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "spikegrad/report/comparison_file.hpp"

namespace spikegrad {
namespace {

using nlohmann::ordered_json;

struct Point {
  std::vector<std::string> values;
  double norm = 0.0;  ///< of the true gradient
  std::vector<ComparedEstimator> estimators;
};

struct Measure {
  const char *id, *title, *label, *caption;
  double least;  ///< the axis is logarithmic, and smaller values are not drawn; 0: linear
  double (*of)(const ComparedEstimator&, double norm);
  /// Ends of its error bar, or NaN.
  double (*lower)(const ComparedEstimator&, double norm);
  double (*upper)(const ComparedEstimator&, double norm);
};

double nothing(const ComparedEstimator&, double) {
  return ComparedPart::nan;
}

const Measure measures[] = {
    {"sweep-bias", "Bias", "|mean − truth| / |truth|",
     "Length of the bias as a part of the gradient's, with the interval that holds it with 95 %. Below a millionth "
     "nothing is drawn.",
     1e-6, [](const ComparedEstimator& e, double norm) { return e.bias / norm; },
     [](const ComparedEstimator& e, double norm) { return e.bias_low / norm; },
     [](const ComparedEstimator& e, double norm) { return e.bias_high / norm; }},
    {"sweep-cosine", "Direction", "cosine of mean and truth",
     "1: the mean points along the true gradient. Noise of the mean takes it down too.", 0.0,
     [](const ComparedEstimator& e, double) { return e.cosine; }, nothing, nothing},
    {"sweep-variance", "Variance", "variance / |truth|²",
     "Trace of the covariance of one sample; what has none is not drawn.", 1e-12,
     [](const ComparedEstimator& e, double norm) { return e.variance / (norm * norm); }, nothing, nothing},
};

/// Names of the estimators that have no derivative at any point where the truth has one, as most have none where no spike
/// is drawn.
std::vector<std::string> without_derivative(const std::vector<Point>& points) {
  std::vector<std::string> names, others;
  for (const Point& point : points)
    for (const ComparedEstimator& e : point.estimators) {
      if (point.norm == 0.0) continue;
      const bool none = std::all_of(e.mean.begin(), e.mean.end(), [](double g) { return g == 0.0; });
      auto& list = none ? names : others;
      if (std::find(list.begin(), list.end(), e.name) == list.end()) list.push_back(e.name);
    }
  std::erase_if(names, [&](const std::string& name) {
    return std::find(others.begin(), others.end(), name) != others.end();
  });
  return names;
}

std::optional<double> as_number(const std::string& text) {
  double value = 0.0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ptr != end) return {};
  return value;
}

/// The values as places on the axis: themselves where all are numbers that rise, else 0, 1, ….
std::vector<double> places(const std::vector<std::string>& values, Axis& axis) {
  std::vector<double> at;
  for (const std::string& value : values)
    if (const auto number = as_number(value); number && (at.empty() || *number > at.back()))
      at.push_back(*number);
  if (at.size() == values.size()) {
    axis.log = at.size() > 2 && at.front() > 0.0 && at.back() / at.front() >= 8.0;
    return at;
  }
  at.clear();
  axis.categories = values;
  for (std::size_t k = 0; k < values.size(); ++k) at.push_back(static_cast<double>(k));
  return at;
}

Panel panel_of(const Measure& measure, const std::vector<Point>& points, const std::string& key,
               const std::vector<std::string>& values) {
  Panel panel{.x = {.label = key}, .y = {.label = measure.label, .log = measure.least > 0.0}};
  const std::vector<double> at = places(values, panel.x);
  for (const Point& point : points) {
    std::size_t k = 0;
    while (k < values.size() && values[k] != point.values[0]) ++k;
    for (const ComparedEstimator& e : point.estimators) {
      const double value = measure.of(e, point.norm);
      if (k == values.size() || !std::isfinite(value) || (measure.least > 0.0 && value < measure.least))
        continue;
      Series* series = nullptr;
      for (Series& s : panel.series)
        if (s.name == e.name) series = &s;
      if (!series) series = &panel.series.emplace_back(Series{.name = e.name, .style = Style::line_markers});
      series->x.push_back(at[k]);
      series->y.push_back(value);
      const double low = measure.lower(e, point.norm), high = measure.upper(e, point.norm);
      series->lower.push_back(std::isfinite(low) ? low : value);
      series->upper.push_back(std::isfinite(high) ? high : value);
    }
  }
  return panel;
}

}  // namespace

FindingResult sweep_section(const ordered_json& sweep) {
  std::vector<std::string> keys;
  std::vector<std::vector<std::string>> values;
  for (const auto& [key, list] : sweep.at("sweep").items()) {
    keys.push_back(key);
    values.push_back(list.get<std::vector<std::string>>());
  }
  std::vector<Point> points;
  for (const ordered_json& entry : sweep.at("points")) {
    Point& point = points.emplace_back();
    point.values = entry.at("values").get<std::vector<std::string>>();
    double square = 0.0;
    for (const double g : json_numbers(entry.at("truth"), "gradient")) square += g * g;
    point.norm = std::sqrt(square);
    point.estimators = compared_estimators(entry);
  }
  FindingResult section{.id = "sweep", .title = "Sweep of " + fmt::format("{}", fmt::join(keys, " and "))};
  if (const std::string model = model_text(sweep); !model.empty()) section.method = "Model: " + model + ".";
  if (const auto names = without_derivative(points); !names.empty()) {
    if (!section.method.empty()) section.method += "\n\n";
    section.method +=
        fmt::format("Not drawn, since they have no derivative here: {}.", fmt::join(names, ", "));
    for (Point& point : points)
      std::erase_if(point.estimators, [&](const ComparedEstimator& e) {
        return std::find(names.begin(), names.end(), e.name) != names.end();
      });
  }
  for (const Measure& measure : measures) {
    Figure figure{.id = measure.id, .title = measure.title, .caption = measure.caption};
    const std::vector<std::string> outer = keys.size() > 1 ? values[1] : std::vector<std::string>{""};
    for (const std::string& value : outer) {
      std::vector<Point> here;
      for (const Point& point : points)
        if (keys.size() < 2 || point.values[1] == value) here.push_back(point);
      Panel panel = panel_of(measure, here, keys[0], values[0]);
      if (keys.size() > 1) panel.title = keys[1] + " = " + value;
      if (!panel.series.empty()) figure.panels.push_back(std::move(panel));
    }
    if (!figure.panels.empty()) section.figures.push_back(std::move(figure));
  }
  return section;
}

}  // namespace spikegrad
