// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/f7_histograms.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "spikegrad/findings/f7_methods.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t bins = 25;

/// A histogram of each net in one panel; the bins reach up to the largest value of all.
Panel histogram_panel(std::string title, std::string label, const std::vector<std::vector<double>>& values,
                      const MatchingPlan& plan, const std::vector<Method>& methods) {
  double high = 0.0;
  for (const auto& of_net : values)
    for (const double v : of_net)
      if (std::isfinite(v)) high = std::max(high, v);
  if (high == 0.0) high = 1.0;
  Panel panel{.title = std::move(title), .x = {.label = std::move(label)}, .y = {.label = "share"}};
  for (std::size_t n = 0; n < values.size(); ++n) {
    Series series = histogram(plan.methods[methods[n]].name, values[n], 0.0, high, bins);
    series.colour = plan.methods[methods[n]].colour;
    panel.series.push_back(std::move(series));
  }
  return panel;
}

}  // namespace

Series histogram(const std::string& name, std::span<const double> values, double low, double high,
                 std::size_t count) {
  const double width = (high - low) / static_cast<double>(count);
  std::vector<double> shares(count, 0.0);
  double known = 0.0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    const double bin = std::floor((v - low) / width);
    shares[static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(count - 1)))] += 1.0;
    known += 1.0;
  }
  Series series{.name = name, .style = Style::steps};
  for (std::size_t k = 0; k < count; ++k) {
    series.x.push_back(low + width * static_cast<double>(k));
    series.y.push_back(known > 0.0 ? shares[k] / known : 0.0);
  }
  series.x.push_back(high);  // the last step has its width too
  series.y.push_back(series.y.back());
  return series;
}

std::vector<double> intervals_of(std::span<const SpikeRaster> trials, double dt) {
  std::vector<double> intervals;
  for (const SpikeRaster& trial : trials)
    for (std::size_t i = 0; i < trial.columns(); ++i) {
      std::size_t last = trial.rows();
      for (std::size_t t = 0; t < trial.rows(); ++t) {
        if (trial[t][i] == 0) continue;
        if (last < trial.rows()) intervals.push_back(1e3 * dt * static_cast<double>(t - last));
        last = t;
      }
    }
  return intervals;
}

Figure histograms_figure(const MatchingPlan& plan, const MatchingMeasurement& measured) {
  const std::vector<Method> methods{stochastic, deterministic};
  const double dt = measured.models[0].network.time().dt;
  Figure figure{
      .id = "f7-histograms",
      .title = "Rates, intervals and regularity, unit by unit",
      .caption =
          "After training, first seed: the units' rates, the times between successive spikes of a unit (the "
          "last bin of each panel ends at the largest value), and their CV for the units with three of "
          "them or more. Upper row: hidden units. Lower row: output units.",
      .columns = 3};
  struct Units {
    const char* name;
    std::vector<SpikeRaster> MatchingSnapshot::*spikes;
  };
  for (const auto& [name, spikes] : {Units{"Hidden units", &MatchingSnapshot::hidden_spikes},
                                     Units{"Output units", &MatchingSnapshot::output_spikes}}) {
    std::vector<std::vector<double>> rates, intervals, cvs;
    for (const Method m : methods) {
      const auto& trials = measured.runs[m][0].after.*spikes;
      auto &rate = rates.emplace_back(), &cv = cvs.emplace_back();
      for (const ActivityStatistics& unit : unit_statistics(trials, dt))
        rate.push_back(unit.rate), cv.push_back(unit.cv);
      intervals.push_back(intervals_of(trials, dt));
    }
    const std::string units = name;
    figure.panels.push_back(histogram_panel(units + ": rate", "rate (Hz)", rates, plan, methods));
    figure.panels.push_back(
        histogram_panel(units + ": intervals", "interval (ms)", intervals, plan, methods));
    figure.panels.push_back(histogram_panel(units + ": CV", "CV of intervals", cvs, plan, methods));
  }
  return figure;
}

}  // namespace spikegrad
