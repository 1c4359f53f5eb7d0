// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>

#include "spikegrad/findings/f7_classification.hpp"

namespace spikegrad {
namespace {

using Runs = std::vector<ClassificationRun>;

Panel curves_panel(const ClassificationPlan& plan, const ClassificationMeasurement& measured,
                   std::string title, Axis axis, double SampleMetrics::*value) {
  Panel panel{.title = std::move(title), .x = {.label = "epoch"}, .y = std::move(axis)};
  for (std::size_t m = 0; m < plan.methods.size(); ++m) {
    const Runs& runs = measured.runs[m];
    std::vector<double> epochs;
    for (std::size_t k = 0; k < runs[0].training.size(); ++k) epochs.push_back(static_cast<double>(k + 1));
    panel.series.push_back(curve_over_seeds(
        plan.methods[m], runs, std::move(epochs),
        [&](const ClassificationRun& run, std::size_t k) { return run.training[k].*value; }));
  }
  return panel;
}

/// A point a seed with the interval of its samples, the methods beside each other; the legend's colours name
/// them, names below the axis would not fit.
Panel accuracies_panel(const ClassificationPlan& plan, const ClassificationMeasurement& measured) {
  Panel panel{.title = "test accuracy, seed by seed",
              .x = {.categories = {"after training"}},
              .y = {.label = "share of right answers"},
              .references = {{.at = 1.0 / static_cast<double>(measured.classes), .label = "chance"}}};
  for (std::size_t m = 0; m < plan.methods.size(); ++m) {
    const Runs& runs = measured.runs[m];
    Series points{.name = plan.methods[m].name, .style = Style::markers, .colour = plan.methods[m].colour};
    const auto column = [&](double m_and_seed) {  // in (-0.45, 0.45), the width of the one category
      return 0.9 * (m_and_seed / static_cast<double>(plan.methods.size()) - 0.5);
    };
    for (std::size_t s = 0; s < runs.size(); ++s) {
      const auto n = static_cast<double>(runs.size());
      points.x.push_back(column(static_cast<double>(m) + 0.2 + 0.6 * (static_cast<double>(s) + 0.5) / n));
      points.y.push_back(runs[s].after.accuracy);
      points.lower.push_back(runs[s].after.accuracy_interval.first);
      points.upper.push_back(runs[s].after.accuracy_interval.second);
    }
    panel.series.push_back(std::move(points));
  }
  return panel;
}

Panel statistics_panel(const ClassificationPlan& plan, const ClassificationMeasurement& measured,
                       std::string title, std::string label, double (*statistic)(const Evaluation&)) {
  Panel panel{
      .title = std::move(title), .x = {.categories = {"before", "after"}}, .y = {.label = std::move(label)}};
  constexpr std::array when{&ClassificationRun::before, &ClassificationRun::after};
  for (std::size_t m = 0; m < plan.methods.size(); ++m)
    panel.series.push_back(bars_over_seeds(
        plan.methods[m], measured.runs[m], when.size(),
        [&](const ClassificationRun& run, std::size_t k) { return statistic(run.*when[k]); }));
  return panel;
}

}  // namespace

std::vector<Figure> classification_figures(const ClassificationPlan& plan,
                                           const ClassificationMeasurement& measured) {
  const std::string seeds = seeds_text(measured.runs);
  const std::string test_samples = plan.activity_samples == 1
                                       ? "one test sample"
                                       : std::to_string(plan.activity_samples) + " test samples";
  return {{.id = "f7-classification-curves",
           .title = "Classification: training and test",
           .caption = "Loss and accuracy of the training samples, each before the update that it is part of, "
                      "mean and standard error over " +
                      seeds +
                      "; and the test accuracy of every seed after the last epoch, with the 95 % interval of "
                      "its test samples (Wilson).",
           .panels = {curves_panel(plan, measured, "training loss",
                                   {.label = "cross-entropy (nats)", .log = true}, &SampleMetrics::loss),
                      curves_panel(plan, measured, "training accuracy", {.label = "share of right answers"},
                                   &SampleMetrics::accuracy),
                      accuracies_panel(plan, measured)},
           .columns = 3},
          {.id = "f7-classification-statistics",
           .title = "Classification: hidden units before and after training",
           .caption = "Mean and standard error over " + seeds + ", of " + test_samples + " in " +
                      std::to_string(plan.activity_trials) +
                      " trials each, all hidden units. Fano factor: variance over "
                      "mean, from trial to trial of a sample, of the number of spikes in a sliding window of "
                      "10 steps; 0 where all trials are the same.",
           .panels = {statistics_panel(plan, measured, "Fano factor", "variance / mean", hidden_fano),
                      statistics_panel(plan, measured, "rate", "rate (Hz)", hidden_rate),
                      statistics_panel(plan, measured, "regularity", "CV of intervals", hidden_cv)},
           .columns = 3}};
}

}  // namespace spikegrad
