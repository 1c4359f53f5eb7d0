// SPDX-License-Identifier: Apache-2.0
// What one trained net does: confusion, rasters of samples, trials, statistics.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spikegrad/view/rasters.hpp"
#include "spikegrad/view/run_report.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t most_numbers = 12;  ///< classes up to which a cell has room for its number
constexpr std::size_t busiest_shown = 3;
constexpr std::size_t bins = 20;

std::string class_name(const RunView& run, std::size_t c) {
  return c < run.class_names.size() ? run.class_names[c] : std::to_string(c);
}

Figure confusion_figure(const RunView& run) {
  const Evaluation& e = *run.judged;
  const std::size_t classes = e.confusion.rows();
  Map map{.label = "share of the class", .range = {{0.0, 1.0}}};
  Panel panel{.x = {.label = "answer"}, .y = {.label = "class", .reversed = true}};
  for (std::size_t c = 0; c < classes; ++c) {
    map.x.push_back(static_cast<double>(c));
    map.y.push_back(static_cast<double>(c));
    panel.x.categories.push_back(class_name(run, c));
    panel.y.categories.push_back(class_name(run, c));
    double sum = 0.0;
    for (const std::uint64_t n : e.confusion[c]) sum += static_cast<double>(n);
    for (const std::uint64_t n : e.confusion[c]) {
      map.z.push_back(sum > 0.0 ? static_cast<double>(n) / sum : std::nan(""));
      if (classes <= most_numbers) map.text.push_back(n ? std::to_string(n) : "");
    }
  }
  map.missing = "no sample of this class";
  panel.map = std::move(map);
  return {.title = "Confusion",
          .caption = fmt::format("What the net answers to samples of each class, in {} trial{} of each{}.",
                                 e.trials, e.trials == 1 ? "" : "s",
                                 classes <= most_numbers ? "; the numbers count trials" : ""),
          .panels = {std::move(panel)}};
}

/// The title and caption of a sample; a model's own input has no class.
std::pair<std::string, std::string> words_for(const RunView& run, const SampleTrials& sample) {
  const std::string all = "One trial through all layers; a dot is a spike.";
  if (!sample.label) return {"One trial", all};
  const Loss& loss = run.model.loss;
  const char* how =
      std::holds_alternative<MeanCrossEntropyLoss>(loss) ? "potential that is highest on average"
      : std::holds_alternative<SoftmaxSumLoss>(loss)
          ? "potential that is highest in most steps, each a vote by softmax"
      : std::holds_alternative<CountCrossEntropyLoss>(loss)      ? "unit with most spikes"
      : std::holds_alternative<FirstSpikeCrossEntropyLoss>(loss) ? "unit that spikes first"
                                                                 : "potential that is highest at any time";
  return {fmt::format("Sample {}, class {}", sample.sample, class_name(run, *sample.label)),
          fmt::format("{} The answer is \"{}\", the class of the {}.", all,
                      class_name(run, sample.predictions[0]), how)};
}

/// The potentials of a readout, the sample's class and the answer in front.
Panel readout_panel(const RunView& run, const SampleTrials& sample) {
  const double dt = run.model.network.time().dt;
  Panel readout{.title = "readout",
                .x = {.label = "time (ms)",
                      .range = {{0.0, 1e3 * dt * static_cast<double>(run.model.network.steps())}}},
                .y = {.label = "potential (1)"}};
  for (std::size_t c = 0; c < sample.output.columns(); ++c) {
    std::string kind = sample.label ? "other classes" : "units";
    std::string name = kind;
    if (sample.label && c == *sample.label)
      kind = "its class", name = "its class: " + class_name(run, c);
    else if (sample.label && c == sample.predictions[0])
      kind = "the answer", name = "the answer: " + class_name(run, c);
    Series series{
        .name = name, .style = kind == "other classes" ? Style::dotted : Style::line, .colour = kind};
    for (std::size_t t = 0; t < sample.output.rows(); ++t) {
      series.x.push_back(1e3 * dt * static_cast<double>(t));
      series.y.push_back(static_cast<double>(sample.output[t][c]));
    }
    readout.series.push_back(std::move(series));
  }
  return readout;
}

/// Input, hidden populations, output (and what it should be), from left to right.
Figure sample_figure(const RunView& run, const SampleTrials& sample) {
  const auto& populations = run.model.network.populations();
  const double dt = run.model.network.time().dt;
  auto [title, caption] = words_for(run, sample);
  Figure figure{.title = std::move(title), .caption = std::move(caption)};
  for (std::size_t p = 0; p < populations.size(); ++p)
    if (!sample.spikes[p].empty())
      figure.panels.push_back(
          spikes_panel(populations[p].name, sample.spikes[p][0], dt, "unit of " + populations[p].name));
  const Population& judged = populations[population_of(run.model.loss)];
  if (output_of(judged.unit) == UnitOutput::potential) figure.panels.push_back(readout_panel(run, sample));
  if (const Grid<double>* target = target_of(run.model.loss); target && has_spikes(judged)) {
    SpikeRaster raster(target->rows(), target->columns());
    std::ranges::transform(target->flat(), raster.flat().begin(), [](double z) { return z != 0.0; });
    figure.panels.push_back(spikes_panel("target of " + judged.name, raster, dt, "unit of " + judged.name));
  }
  figure.columns = figure.panels.size() <= 4 ? 2 : 3;
  return figure;
}

Figure trials_figure(const RunView& run, const std::vector<UnitName>& units) {
  const auto& populations = run.model.network.populations();
  const SampleTrials& sample = run.samples[0];
  const double dt = run.model.network.time().dt;
  std::string caption =
      fmt::format("The same input in {} trials: a row is a trial.", sample.predictions.size());
  if (sample.label)
    caption =
        fmt::format("Sample {}, class {}, in {} trials, of which {} give the right class: a row is a trial.",
                    sample.sample, class_name(run, *sample.label), sample.predictions.size(),
                    std::ranges::count(sample.predictions, static_cast<std::uint32_t>(*sample.label)));
  if (units.empty()) caption += " The busiest units of every population.";
  Figure figure{.title = "From trial to trial", .caption = std::move(caption), .columns = busiest_shown};
  for (std::size_t p = 0; p < populations.size(); ++p) {
    if (!has_spikes(populations[p])) continue;
    std::vector<std::size_t> shown;
    if (units.empty()) shown = busiest(sample.spikes[p], busiest_shown);
    for (const auto& [name, unit] : units)
      if (name == populations[p].name && unit < populations[p].size()) shown.push_back(unit);
    for (const std::size_t i : shown)
      figure.panels.push_back(
          trials_panel(fmt::format("{}[{}]", populations[p].name, i), sample.spikes[p], i, dt));
  }
  return figure;
}

/// Share of the units in each of `bins` equal parts of the range of all populations.
Panel histogram_panel(const RunView& run, std::string title, std::string label,
                      double ActivityStatistics::*statistic) {
  Panel panel{
      .title = std::move(title), .x = {.label = std::move(label)}, .y = {.label = "share of units (%)"}};
  double high = 0.0;
  for (const PopulationActivity& p : run.judged->populations)
    for (const ActivityStatistics& unit : p.units)
      if (std::isfinite(unit.*statistic)) high = std::max(high, unit.*statistic);
  if (high == 0.0) high = 1.0;
  const double width = high / static_cast<double>(bins);
  for (const PopulationActivity& p : run.judged->populations) {
    Series series{.name = p.name, .style = Style::steps};
    std::vector<double> counts(bins, 0.0);
    double known = 0.0;
    for (const ActivityStatistics& unit : p.units) {
      if (!std::isfinite(unit.*statistic)) continue;
      known += 1.0;
      counts[std::min(bins - 1, static_cast<std::size_t>(unit.*statistic / width))] += 1.0;
    }
    if (known == 0.0) continue;
    for (std::size_t b = 0; b < bins; ++b) {
      series.x.push_back((static_cast<double>(b) + 0.5) * width);
      series.y.push_back(100.0 * counts[b] / static_cast<double>(p.units.size()));
    }
    panel.series.push_back(std::move(series));
  }
  return panel;
}

Figure statistics_figure(const RunView& run) {
  std::string caption =
      std::string("Every unit's mean over ") +
      (run.model.data ? "16 samples in 10 trials each" : "10 trials") +
      "; units without a value (no spike, "
      "too few intervals) are left out. Fano factor: variance over mean, from trial to trial, "
      "of the spikes in a sliding window of 10 steps. Means of the populations:";
  for (const PopulationActivity& p : run.judged->populations)
    caption += fmt::format(" {}: {:.2f} Hz, Fano factor {:.3f}, CV {:.3f}.", p.name, p.statistics.rate,
                           p.statistics.fano, p.statistics.cv);
  return {.title = "What the units do",
          .caption = std::move(caption),
          .panels = {histogram_panel(run, "rate", "rate (Hz)", &ActivityStatistics::rate),
                     histogram_panel(run, "Fano factor", "variance / mean", &ActivityStatistics::fano),
                     histogram_panel(run, "regularity", "CV of intervals", &ActivityStatistics::cv)},
          .columns = 3};
}

}  // namespace

std::vector<Figure> run_figures(const RunView& run, const std::vector<UnitName>& units,
                                const std::string& prefix) {
  std::vector<Figure> figures;
  const auto add = [&](Figure figure, const std::string& id) {
    figure.id = prefix + id;
    figures.push_back(std::move(figure));
  };
  if (run.judged->labelled) add(confusion_figure(run), "confusion");
  for (std::size_t s = 0; s < run.samples.size(); ++s)
    add(sample_figure(run, run.samples[s]), "sample-" + std::to_string(s + 1));
  if (!run.samples.empty() && run.samples[0].predictions.size() > 1) {
    Figure trials = trials_figure(run, units);
    if (!trials.panels.empty()) add(std::move(trials), "trials");
  }
  if (!run.judged->populations.empty()) add(statistics_figure(run), "statistics");
  return figures;
}

}  // namespace spikegrad
