// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/f2_two_units.hpp"

#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/rule.hpp"
#include "spikegrad/measure/gradient_field.hpp"
#include "spikegrad/network/parameter_name.hpp"

namespace spikegrad {

TwoUnits measure_two_units(const FindingSettings& settings, Progress& progress) {
  const Model model = load_experiment("two-units");
  const ScanSettings& line = *model.field.scan;
  const std::size_t w = parameter_index(model.network, "x->h[0,0]"),
                    v = parameter_index(model.network, line.parameter),
                    u = parameter_index(model.network, "y.bias[0]");
  const auto& f = std::get<SigmoidEscape>(model.network.populations()[population_of(model.loss)].escape);
  const double x = model.input.values[0][0][0], p = equations::probability(f, model.parameters[w] * x);

  Stopwatch watch;
  const FieldSampling sampling{.seed = settings.seed, .threads = settings.threads};
  GradientField truth = true_field(model.problem(), sampling);
  GradientField surrogate(model.problem(), "surrogate", std::nullopt, sampling);
  Series true_curve{.name = "truth", .colour = "truth"},
      surrogate_curve{.name = "surrogate gradient, expected", .style = Style::dashed, .colour = "surrogate"},
      predicted{.name = "curvature of f over one spike"},
      measured{.name = "measured", .style = Style::markers};
  std::vector<double> biases, predictions;
  progress.start("F2 two units", line.points);
  for (std::size_t k = 0; k < line.points; ++k) {
    auto at = model.parameters;
    at[v] = line.from + (line.to - line.from) * static_cast<double>(k) / static_cast<double>(line.points - 1);
    const double of_truth = truth.at(at).gradient[w], of_surrogate = surrogate.at(at).gradient[w];
    const double mean_slope =
        (1.0 - p) * equations::derivative(f, at[u]) + p * equations::derivative(f, at[u] + at[v]);
    const double rise = equations::probability(f, at[u] + at[v]) - equations::probability(f, at[u]);
    biases.push_back(of_surrogate - of_truth);
    predictions.push_back(equations::derivative(f, at[w] * x) * x * (at[v] * mean_slope - rise));
    for (auto& [series, value] : {std::pair{&true_curve, of_truth},
                                  {&surrogate_curve, of_surrogate},
                                  {&predicted, predictions.back()}}) {
      series->x.push_back(at[v]);
      series->y.push_back(value);
    }
    if (k % 5 == 0) {
      measured.x.push_back(at[v]);
      measured.y.push_back(biases.back());
    }
    progress.advance();
  }
  FindingRow row =
      Rule::within(rounding)
          .because("the bias is the curvature of f over one spike")
          .judge("F2",
                 "two units: measured bias against f′·x·(E[v f′(u+vh)] − [f(u+v) − f(u)]), largest relative "
                 "difference",
                 relative_difference(biases, predictions));
  row.seconds = watch.lap();
  return {
      std::move(row),
      {.id = "f2-two-units",
       .title = "Why it is biased: two units",
       .caption =
           "A hidden unit h drives an output through one weight v, E[y | h] = f(u + v h). The derivative for "
           "h's own weight needs the difference f(u + v) − f(u) that one spike makes; the surrogate "
           "gradient puts the tangent v f′(u + v h) in its place. Their difference is the bias.",
       .panels = {{.title = "Derivative for the hidden unit's weight",
                   .x = {.label = "weight v from h to y"},
                   .y = {.label = "dE[y]/dw"},
                   .series = {true_curve, surrogate_curve}},
                  {.title = "Bias",
                   .x = {.label = "weight v from h to y"},
                   .y = {.label = "E[surrogate] − truth"},
                   .series = {predicted, measured},
                   .references = {{.direction = Direction::y, .at = 0.0}}}}}};
}

}  // namespace spikegrad
