// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/f1_figure.hpp"

#include "spikegrad/estimator/problem_sampler.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/given_spikes.hpp"
#include "spikegrad/measure/gradient_field.hpp"
#include "spikegrad/network/parameter_name.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t curve_points = 201, sampled_points = 21, samples = 400;
const Surrogate other_surrogate = SuperSpikeSurrogate{.beta = 10.0};

std::vector<double> evenly(double from, double to, std::size_t points) {
  std::vector<double> at(points);
  for (std::size_t k = 0; k < points; ++k)
    at[k] = from + (to - from) * static_cast<double>(k) / static_cast<double>(points - 1);
  return at;
}

Panel activation_panel(const Model& model) {
  const Population& neuron = model.network.populations()[population_of(model.loss)];
  Panel panel{.title = "Activation",
              .x = {.label = "membrane potential u − θ (thresholds)"},
              .y = {.label = "per step"}};
  Series f{.name = "escape function f", .style = Style::line}, slope{.name = "its derivative f′ / β"},
      step{.name = "deterministic unit", .style = Style::dashed};
  for (const double x : evenly(-2.0, 2.0, curve_points)) {
    f.x.push_back(x);
    f.y.push_back(std::visit([x](const auto& e) { return equations::probability(e, x); }, neuron.escape));
    slope.x.push_back(x);
    slope.y.push_back(std::visit(
        [x](const auto& e) { return equations::derivative(e, x) / equations::derivative(e, 0.0) / 4.0; },
        neuron.escape));
    step.x.push_back(x);
    step.y.push_back(x > 0.0 ? 1.0 : 0.0);
  }
  panel.series = {f, slope, step};
  return panel;
}

/// Sampled means with their standard errors, at a few values of the weight.
void add_samples(const Model& model, std::size_t index, const std::vector<double>& at,
                 const FindingSettings& settings, Progress& progress, Series& output, Series& derivative) {
  for (std::size_t k = 0; k < at.size(); ++k) {
    std::vector<double> w = model.parameters;
    w[index] = at[k];
    const auto sampled = sample_gradient(model.problem().at(w), find_estimator("score"), model.estimator,
                                         {.samples = samples,
                                          .seed = settings.seed,
                                          .sample = static_cast<std::uint32_t>(k),
                                          .threads = settings.threads},
                                         progress);
    output.x.push_back(at[k]);
    output.y.push_back(sampled.loss.mean()[0]);
    output.std_error.push_back(sampled.loss.std_error()[0]);
    derivative.x.push_back(at[k]);
    derivative.y.push_back(sampled.gradient.mean()[index]);
    derivative.std_error.push_back(sampled.gradient.std_error()[index]);
  }
}

std::vector<Panel> binary_panels(const Model& model, const FindingSettings& settings, Progress& progress) {
  const ScanSettings& line = *model.field.scan;
  const std::size_t index = parameter_index(model.network, line.parameter);
  std::vector<GradientField> fields;
  fields.emplace_back(model.problem(), "exact", std::nullopt, FieldSampling{.threads = settings.threads});
  fields.emplace_back(model.problem(), "surrogate", std::nullopt, FieldSampling{.threads = settings.threads});
  fields.emplace_back(model.problem(), "surrogate", other_surrogate,
                      FieldSampling{.threads = settings.threads});
  const Scan curves = scan(fields, model.parameters, index, line.from, line.to, curve_points, progress);

  Series mean{.name = "mean of 400 draws", .style = Style::markers, .colour = "samples"};
  Series score{.name = "score function, mean of 400", .style = Style::markers, .colour = "samples"};
  Progress quiet;
  add_samples(model, index, evenly(line.from, line.to, sampled_points), settings, quiet, mean, score);

  Panel output{
      .title = "Binary unit: expected output",
      .x = {.label = "input weight w"},
      .y = {.label = "E[S]"},
      .series = {{.name = "truth, enumerated", .x = curves.at, .y = curves.loss, .colour = "truth"}, mean}};
  Panel slope{
      .title = "Binary unit: its derivative",
      .x = {.label = "input weight w"},
      .y = {.label = "dE[S]/dw"},
      .series = {
          {.name = "truth, enumerated", .x = curves.at, .y = curves.curves[0].derivative, .colour = "truth"},
          {.name = "surrogate gradient, g = f′",
           .x = curves.at,
           .y = curves.curves[1].derivative,
           .style = Style::dashed,
           .colour = "surrogate"},
          {.name = "surrogate gradient, SuperSpike",
           .x = curves.at,
           .y = curves.curves[2].derivative,
           .style = Style::dotted},
          score}};
  return {output, slope};
}

/// dE[S[t] | past]/dw in the last step, for two pasts.
Panel lif_panel(const Model& model) {
  const std::size_t last = model.network.steps() - 1;
  Panel panel{.title = "LIF unit, given its past: the derivative",
              .x = {.label = "input weight w"},
              .y = {.label = "dE[S[t] | past]/dw"}};
  struct Past {
    std::string name;
    std::uint64_t history;
  };
  for (const Past& past :
       {Past{"no spike before", 0}, Past{"spike 2 steps before", std::uint64_t{1} << (last - 2)}}) {
    Series truth{.name = "truth: " + past.name, .colour = past.name};
    Series surrogate{
        .name = "surrogate gradient: " + past.name, .style = Style::markers, .colour = past.name};
    std::size_t k = 0;
    for (const double at : evenly(-2.0, 8.0, curve_points)) {
      std::vector<double> w = model.parameters;
      w[0] = at;
      truth.x.push_back(at);
      truth.y.push_back(conditional_derivative(model.network, w, model.input, past.history, last)[0]);
      if (k++ % 10) continue;
      GivenSpikes draws(past.history, last);
      std::vector<double> gradient(w.size(), 0.0);
      const Problem at_w = model.problem().at(w);
      ProblemSampler(at_w, find_estimator("surrogate")).sample(draws, gradient);
      surrogate.x.push_back(at);
      surrogate.y.push_back(gradient[0]);
    }
    panel.series.push_back(truth);
    panel.series.push_back(surrogate);
  }
  return panel;
}

}  // namespace

Figure one_neuron_figure(const Model& binary, const Model& lif, const FindingSettings& settings,
                         Progress& progress) {
  Figure figure{.id = "f1-one-neuron",
                .title = "One neuron",
                .caption =
                    "A noisy unit spikes with probability f(u − θ). Seen from one of its weights, its "
                    "expected output is a "
                    "smooth curve, and the surrogate gradient with g = f′ lies on that curve's derivative; "
                    "with another "
                    "surrogate it does not. Markers are means of draws, with one standard error.",
                .columns = 2};
  figure.panels.push_back(activation_panel(binary));
  for (Panel& panel : binary_panels(binary, settings, progress)) figure.panels.push_back(std::move(panel));
  figure.panels.push_back(lif_panel(lif));
  return figure;
}

}  // namespace spikegrad
