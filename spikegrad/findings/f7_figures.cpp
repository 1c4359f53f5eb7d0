// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/f7_figures.hpp"

#include <array>

#include "spikegrad/figure/text.hpp"
#include "spikegrad/findings/f7_histograms.hpp"
#include "spikegrad/findings/f7_methods.hpp"
#include "spikegrad/view/rasters.hpp"

namespace spikegrad {
namespace {

/// A mean over the seeds against the epochs.
Series curve(const TrainingMethod& method, const std::vector<MatchingRun>& runs,
             std::vector<double> MatchingRun::*values) {
  return curve_over_seeds(method, runs, runs[0].epochs,
                          [&](const MatchingRun& run, std::size_t k) { return (run.*values)[k]; });
}

Figure curves_figure(const MatchingPlan& plan, const MatchingMeasurement& measured) {
  Panel van_rossum{.title = "van Rossum distance",
                   .x = {.label = "epoch"},
                   .y = {.label = "½ Σ<sub>t</sub>(ε∗S − ε∗z)², mean over units", .log = true}};
  Panel squared{.title = "L2 distance",
                .x = {.label = "epoch"},
                .y = {.label = "½ Σ<sub>t</sub>(S − z)², mean over units"}};
  for (std::size_t m = 0; m < plan.methods.size(); ++m) {
    van_rossum.series.push_back(curve(plan.methods[m], measured.runs[m], &MatchingRun::van_rossum));
    squared.series.push_back(curve(plan.methods[m], measured.runs[m], &MatchingRun::squared_error));
  }
  van_rossum.references = {{.at = measured.silent_van_rossum, .label = "no spike at all"}};
  squared.references = {{.at = measured.silent_squared_error, .label = "no spike at all"}};
  return {
      .id = "f7-curves",
      .title = "Training curves",
      .caption = "Distance to the target of one trial, mean and standard error over " +
                 seeds_text(measured.runs) +
                 ". L2 counts a spike that comes one step late as two errors, so that a net which "
                 "draws the picture a little out of step is as far from it as a silent one; the van Rossum "
                 "distance forgives what is short against the membrane's 10 ms.",
      .panels = {van_rossum, squared}};
}

/// Rates and Fano factors over the epochs, hidden and output units.
Figure activity_curves_figure(const MatchingPlan& plan, const MatchingMeasurement& measured) {
  Figure figure{
      .id = "f7-activity-curves",
      .title = "Rates and variability during training",
      .caption =
          "Mean and standard error over " + seeds_text(measured.runs) + ", each point from " +
          std::to_string(plan.curve_trials) +
          " trials of the net of that epoch. The Fano factor of the trials of a deterministic net is 0 from "
          "beginning to end."};
  const auto panel = [&](std::string title, std::string label, double ActivityStatistics::*statistic,
                         std::vector<ActivityStatistics> MatchingRun::*population) {
    Panel p{.title = std::move(title), .x = {.label = "epoch"}, .y = {.label = std::move(label)}};
    for (std::size_t m = 0; m < plan.methods.size(); ++m)
      p.series.push_back(curve_over_seeds(
          plan.methods[m], measured.runs[m], measured.runs[m][0].activity_epochs,
          [&](const MatchingRun& run, std::size_t k) { return (run.*population)[k].*statistic; }));
    figure.panels.push_back(std::move(p));
  };
  panel("Hidden units: rate", "rate (Hz)", &ActivityStatistics::rate, &MatchingRun::hidden);
  panel("Output units: rate", "rate (Hz)", &ActivityStatistics::rate, &MatchingRun::output);
  panel("Hidden units: Fano factor", "variance / mean", &ActivityStatistics::fano, &MatchingRun::hidden);
  panel("Output units: Fano factor", "variance / mean", &ActivityStatistics::fano, &MatchingRun::output);
  return figure;
}

Figure rasters_figure(const MatchingPlan& plan, const MatchingMeasurement& measured) {
  const double dt = measured.models[0].network.time().dt;
  Figure figure{
      .id = "f7-rasters",
      .title = "Target and outputs",
      .caption =
          "Spikes of the output units in one trial of the first seed: a dot is a spike. The target is "
          "the picture that the net learns to draw from a frozen Poisson pattern.",
      .columns = 3};
  figure.panels.push_back(
      {.title = "Target",
       .x = {.label = "time (ms)"},
       .y = {.label = "output unit"},
       .raster = raster_of(measured.target.rows(), measured.target.columns(), dt,
                           [&](std::size_t t, std::size_t i) { return measured.target[t][i] != 0.0; })});
  figure.panels.push_back(spikes_panel("Before: " + plan.methods[0].name,
                                       measured.runs[0][0].before.output_spikes[0], dt, "output unit"));
  for (std::size_t m = 0; m < plan.methods.size(); ++m)
    figure.panels.push_back(spikes_panel("After: " + plan.methods[m].name,
                                         measured.runs[m][0].after.output_spikes[0], dt, "output unit"));
  return figure;
}

/// Output units at quarters of the picture's height that have anything to draw.
std::vector<std::size_t> output_units(const Grid<double>& target) {
  std::vector<std::size_t> drawn;
  for (std::size_t i = 0; i < target.columns(); ++i)
    for (std::size_t t = 0; t < target.rows(); ++t)
      if (target[t][i] != 0.0) {
        drawn.push_back(i);
        break;
      }
  if (drawn.empty()) return {0};
  return {drawn[drawn.size() / 4], drawn[drawn.size() / 2], drawn[3 * drawn.size() / 4]};
}

Figure trials_figure(const MatchingMeasurement& measured) {
  const MatchingSnapshot& after = measured.runs[0][0].after;
  const double dt = measured.models[0].network.time().dt;
  Figure figure{
      .id = "f7-trials",
      .title = "From trial to trial",
      .caption =
          "The trained stochastic net (surrogate gradient, first seed) in repeated trials of the same "
          "input: a row is a trial. Upper row: three output units, with the spikes of the "
          "target as vertical lines. Lower row: the three busiest hidden units.",
      .columns = 3};
  for (const std::size_t i : output_units(measured.target)) {
    Panel panel = trials_panel("Output unit " + std::to_string(i), after.output_spikes, i, dt);
    for (std::size_t t = 0; t < measured.target.rows(); ++t)
      if (measured.target[t][i] != 0.0)
        panel.references.push_back({.direction = Direction::x, .at = 1e3 * dt * static_cast<double>(t)});
    figure.panels.push_back(std::move(panel));
  }
  for (const std::size_t i : busiest(after.hidden_spikes, 3))
    figure.panels.push_back(trials_panel("Hidden unit " + std::to_string(i), after.hidden_spikes, i, dt));
  return figure;
}

/// Bars of one statistic: before and after training, hidden and output, a series per method.
template <class Statistic>
Panel statistics_panel(const MatchingPlan& plan, const MatchingMeasurement& measured, std::string title,
                       std::string label, const Statistic& statistic) {
  Panel panel{.title = std::move(title),
              .x = {.categories = {"hidden, before", "hidden, after", "output, before", "output, after"}},
              .y = {.label = std::move(label)}};
  constexpr std::array when{&MatchingRun::before, &MatchingRun::after};
  constexpr std::array population{&MatchingSnapshot::hidden, &MatchingSnapshot::output};
  for (std::size_t m = 0; m < plan.methods.size(); ++m)
    panel.series.push_back(
        bars_over_seeds(plan.methods[m], measured.runs[m], 4, [&](const MatchingRun& run, std::size_t k) {
          return run.*when[k % 2].*population[k / 2].*statistic;
        }));
  return panel;
}

Figure statistics_figure(const MatchingPlan& plan, const MatchingMeasurement& measured) {
  return {
      .id = "f7-statistics",
      .title = "Spike statistics before and after training",
      .caption =
          "Mean and standard error over the seeds. Fano factor: variance over mean of the number of "
          "spikes in a sliding window of 10 ms over repeated trials; 1 for a Poisson process, 0 where all "
          "trials are the same, as in the deterministic net. CV: of the intervals between a unit's spikes.",
      .panels = {statistics_panel(plan, measured, "Fano factor", "variance / mean",
                                  &ActivityStatistics::fano),
                 statistics_panel(plan, measured, "Population rate", "rate (Hz)", &ActivityStatistics::rate),
                 statistics_panel(plan, measured, "Regularity", "CV of intervals", &ActivityStatistics::cv)},
      .columns = 3};
}

}  // namespace

std::vector<Figure> matching_figures(const MatchingPlan& plan, const MatchingMeasurement& measured) {
  return {curves_figure(plan, measured),     activity_curves_figure(plan, measured),
          rasters_figure(plan, measured),    trials_figure(measured),
          statistics_figure(plan, measured), histograms_figure(plan, measured)};
}

Table matching_table(const MatchingPlan& plan, const MatchingMeasurement& measured) {
  Table table{.caption =
                  "Before and after training, mean ± standard error over the seeds. Rates in Hz. "
                  "Without any spike the van Rossum distance would be " +
                  measured_text(measured.silent_van_rossum) + " and L2 " +
                  measured_text(measured.silent_squared_error) + ".",
              .header = {"training", "", "seeds", "van Rossum", "L2", "rate hidden", "rate output",
                         "CV hidden", "CV output", "Fano hidden", "Fano output", "s per training"}};
  for (std::size_t m = 0; m < plan.methods.size(); ++m)
    for (const auto when : {&MatchingRun::before, &MatchingRun::after}) {
      const auto& runs = measured.runs[m];
      const auto of = [&](const auto& value) {
        return text(over_seeds(runs, [&](const MatchingRun& run) { return value(run.*when); }));
      };
      const bool after = when == &MatchingRun::after;
      table.rows.push_back(
          {plan.methods[m].name, after ? "after" : "before", std::to_string(runs.size()),
           of([](const MatchingSnapshot& s) { return s.van_rossum; }),
           of([](const MatchingSnapshot& s) { return s.squared_error; }),
           of([](const MatchingSnapshot& s) { return s.hidden.rate; }),
           of([](const MatchingSnapshot& s) { return s.output.rate; }),
           of([](const MatchingSnapshot& s) { return s.hidden.cv; }),
           of([](const MatchingSnapshot& s) { return s.output.cv; }),
           of([](const MatchingSnapshot& s) { return s.hidden.fano; }),
           of([](const MatchingSnapshot& s) { return s.output.fano; }),
           after ? text(over_seeds(runs, [](const MatchingRun& run) { return run.seconds; })) : ""});
    }
  return table;
}

}  // namespace spikegrad
