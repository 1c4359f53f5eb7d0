// SPDX-License-Identifier: Apache-2.0
// F3. In a deterministic, differentiable net the surrogate gradient can point the opposite way: a scan of one
// weight, with the true derivative of y and the surrogate gradients of flatter slopes ([GZ];
// docs/derivations.md, section 11).
#include <algorithm>
#include <cmath>

#include "spikegrad/figure/text.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f3_landscapes.hpp"
#include "spikegrad/findings/measurements.hpp"
#include "spikegrad/findings/own_slope.hpp"
#include "spikegrad/findings/rule.hpp"
#include "spikegrad/measure/gradient_field.hpp"
#include "spikegrad/network/parameter_name.hpp"

namespace spikegrad {
namespace {

std::string slope_name(double beta) {
  return "β<sub>SG</sub> = " + std::to_string(std::lround(beta));
}

std::pair<double, double> longest(const std::vector<std::pair<double, double>>& intervals) {
  if (intervals.empty()) return {std::nan(""), std::nan("")};
  return *std::max_element(intervals.begin(), intervals.end(), [](const auto& a, const auto& b) {
    return a.second - a.first < b.second - b.first;
  });
}

/// Scaled to a largest value of 1, so that slopes of all steepnesses can be seen on one axis.
std::vector<double> to_unit(std::vector<double> values) {
  double largest = 0.0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  for (double& v : values) v /= largest;
  return values;
}

/// `own`: y of the nets whose own slopes are those of the surrogates.
Figure sign_figure(const Scan& scan, const std::vector<std::string>& names,
                   const std::vector<std::vector<double>>& own) {
  Panel loss{.title = "Output", .x = {.label = "weight w"}, .y = {.label = "y"}};
  loss.series.push_back({.name = "y", .x = scan.at, .y = scan.loss, .colour = "truth"});
  loss.references.push_back({.direction = Direction::x, .at = scan.minimum_at, .label = "minimum"});

  Panel slope{.title = "Derivative, scaled to a largest value of 1",
              .x = {.label = "weight w"},
              .y = {.label = "∂y/∂w and surrogate gradients"}};
  Panel integral{.title = "Integrated surrogate gradients, scaled likewise",
                 .x = {.label = "weight w"},
                 .y = {.label = "∫ surrogate gradient dw"}};
  Panel smoothed{.title = "y of nets whose own slope is β<sub>SG</sub>, from the left end, scaled likewise",
                 .x = {.label = "weight w"},
                 .y = {.label = "y"}};
  for (std::size_t k = 0; k < scan.curves.size(); ++k) {
    const Scan::Curve& curve = scan.curves[k];
    const Style style = k == 0 ? Style::line : Style::dashed;
    const std::string colour = k == 0 ? "truth" : names[k];
    slope.series.push_back(
        {.name = names[k], .x = scan.at, .y = to_unit(curve.derivative), .style = style, .colour = colour});
    integral.series.push_back(
        {.name = names[k], .x = scan.at, .y = to_unit(curve.integral), .style = style, .colour = colour});
    if (k > 0) {
      std::vector<double> risen = own[k - 1];
      for (double& y : risen) y -= own[k - 1].front();
      smoothed.series.push_back({.name = names[k], .x = scan.at, .y = to_unit(risen), .colour = colour});
    }
    if (k && !curve.opposite_sign.empty())
      integral.references.push_back(
          {.direction = Direction::x, .at = curve.minimum_at, .label = "minimum", .colour = colour});
  }
  slope.references.push_back({.direction = Direction::y, .at = 0.0});
  for (std::size_t k = 1; k < scan.curves.size(); ++k) {
    const auto [from, to] = longest(scan.curves[k].opposite_sign);
    if (!(to > from)) continue;
    for (Panel* panel : {&slope, &integral})
      panel->intervals.push_back({.from = from, .to = to, .label = names[k]});
  }
  return {
      .id = "f3-opposite-sign",
      .title = "Opposite sign",
      .caption =
          "The net x → g → (h<sub>1</sub>, h<sub>2</sub>) → y as a function of its first weight. In the "
          "shaded "
          "intervals the surrogate gradient of the slope named there points uphill where the true one points "
          "downhill: descent along it passes y's minimum and comes to rest where the integrated surrogate "
          "gradient has its own. It is not the output of a net of that slope either: see the last panel.",
      .panels = {loss, slope, integral, smoothed}};
}

}  // namespace

FindingResult measure_opposite_sign(const FindingSettings& settings, Progress& progress) {
  const Model model = load_experiment("sign-flip");
  const ScanSettings& line = *model.field.scan;
  const double step = (line.to - line.from) / static_cast<double>(line.points - 1);

  Stopwatch watch;
  const FieldSampling sampling{.seed = settings.seed, .threads = settings.threads};
  std::vector<GradientField> fields;
  fields.push_back(true_field(model.problem(), sampling));
  std::vector<std::string> names{"truth"};
  for (const Surrogate& g : model.field.surrogates) {
    fields.emplace_back(model.problem(), "surrogate", g, sampling);
    names.push_back(slope_name(slope_of(g)));
  }
  const Scan curves = scan(fields, model.parameters, parameter_index(model.network, line.parameter),
                           line.from, line.to, line.points, progress);

  std::vector<std::vector<double>> own;
  for (const Surrogate& g : model.field.surrogates) {
    const Model net = with_own_slope(model, slope_of(g));
    std::vector<GradientField> field;
    field.push_back(true_field(net.problem(), sampling));
    own.push_back(scan(field, net.parameters, parameter_index(net.network, line.parameter), line.from,
                       line.to, line.points, progress)
                      .loss);
  }

  FindingResult result{
      .id = "F3",
      .title = "Opposite sign",
      .statement =
          "In a deterministic net without spikes the surrogate gradient can have the "
          "opposite sign of the true "
          "gradient, so that it is biased even where a gradient exists.",
      .method =
          "experiments/sign-flip.toml: analog sigmoid units of slope β = 100; one weight w "
          "runs from −0.2 to 0.2 in " +
          std::to_string(line.points) +
          " points while the true derivative (backpropagation) and surrogate gradients of "
          "slopes β_SG are taken at "
          "each. Ends of intervals lie half-way between two points; minima on a point. The "
          "net draws nothing, so "
          "all values are exact to rounding and to that grid. Side questions: the same net at "
          "w = 1 and β = 20, surrogate gradients of v1 and v2 integrated over the plane from −2 to "
          "2, by the trapezoidal rule on 321 × 321 points, denser about 0; the bound of the error is what 161 × 161 "
          "points change."};
  const auto row = [&](std::string quantity, double value, const Rule& rule) {
    result.rows.push_back(rule.judge("F3", std::move(quantity), value));
  };

  row("y is smallest at w", curves.minimum_at,
      Rule::equals(curves.curves[0].minimum_at, 1.5 * step)
          .because("where the integral of the true derivative is smallest, on the grid"));
  for (std::size_t k = 1; k < curves.curves.size(); ++k) {
    const Scan::Curve& curve = curves.curves[k];
    const double beta = slope_of(model.field.surrogates[k - 1]);
    const std::string name = "β_SG = " + std::to_string(std::lround(beta)) + ": ";
    const Population& y = model.network.populations()[population_of(model.loss)];
    if (beta == std::get<SigmoidEscape>(y.escape).beta) {
      const double apart = relative_difference(curve.derivative, curves.curves[0].derivative);
      row(name + "largest difference to the truth, relative to its largest value", apart,
          Rule::within(rounding).because("with the true slope it is the gradient"));
      row(name + "number of intervals of opposite sign", static_cast<double>(curve.opposite_sign.size()),
          Rule::equals(0.0, 0.0).because("the control"));
      continue;
    }
    const auto [from, to] = longest(curve.opposite_sign);
    const std::string longer = "an interval longer than two grid steps of " + measured_text(step);
    row(name + "signs differ from w", from, Rule::below(to - 2.0 * step).because(longer));
    row(name + "signs differ up to w", to, Rule::above(from + 2.0 * step).because(longer));
    result.rows.back().headline = k == 1;
    row(name + "integrated surrogate gradient is smallest at w", curve.minimum_at,
        Rule::differs(curves.minimum_at, 2.0 * step)
            .because("elsewhere than y, by more than two grid steps"));
  }
  result.figures.push_back(sign_figure(curves, names, own));
  result.rows.front().seconds = watch.lap();

  const std::vector<GradientLandscape> landscapes = gradient_landscapes(settings);
  result.figures.push_back(landscape_figure(landscapes));
  std::vector<FindingRow> rows = landscape_rows(landscapes);
  rows.front().seconds = watch.lap();
  result.rows.insert(result.rows.end(), rows.begin(), rows.end());
  return result;
}

}  // namespace spikegrad
