// SPDX-License-Identifier: Apache-2.0
// The epochs of training runs as curves.
#include <functional>

#include "spikegrad/view/run_report.hpp"

namespace spikegrad {
namespace {

using Value = std::function<double(const EpochMetrics&)>;

Series curve(std::string name, const RunView& run, const Value& value, Style style = Style::line) {
  Series series{.name = std::move(name), .style = style};
  for (const EpochMetrics& epoch : run.epochs) {
    series.x.push_back(static_cast<double>(epoch.epoch));
    series.y.push_back(value(epoch));
  }
  return series;
}

Panel over_epochs(std::string title, Axis axis) {
  return {.title = std::move(title), .x = {.label = "epoch"}, .y = std::move(axis)};
}

double training_loss(const EpochMetrics& e) {
  return e.training.loss;
}
double validation_loss(const EpochMetrics& e) {
  return e.validation.loss;
}
double penalty(const EpochMetrics& e) {
  return e.training.penalty;
}
double training_accuracy(const EpochMetrics& e) {
  return e.training.accuracy;
}
double validation_accuracy(const EpochMetrics& e) {
  return e.validation.accuracy;
}
double gradient_norm(const EpochMetrics& e) {
  return e.gradient_norm;
}
Value learning_rate(const RunView& run) {
  return [rate = run.model.training.learning_rate](const EpochMetrics& e) { return rate * e.learning_rate; };
}

bool validated(const RunView& run) {
  return !run.epochs.empty() && run.epochs[0].validated;
}
bool regularised(const RunView& run) {
  return !run.model.regularisers.empty();
}

bool labelled(const RunView& run) {
  return !run.epochs.empty() && run.epochs[0].labelled;
}

const Axis loss_axis{.label = "loss", .log = true};
const Axis penalty_axis{.label = "of the regularisers"};  // falls to 0, which no logarithm has
const Axis accuracy_axis{.label = "share of right answers"};
const Axis rate_axis{.label = "size of a step", .log = true};
const Axis norm_axis{.label = "norm, mean over updates", .log = true};

/// Training and validation in one panel.
Panel both(const RunView& run, std::string title, const Axis& axis, const Value& training,
           const Value& validation) {
  Panel panel = over_epochs(std::move(title), axis);
  panel.series.push_back(curve("training", run, training));
  if (validated(run)) panel.series.push_back(curve("validation", run, validation));
  if (run.kept_epoch > 0)
    panel.references.push_back(
        {.direction = Direction::x, .at = static_cast<double>(run.kept_epoch), .label = "weights kept"});
  return panel;
}

Figure one_run(const RunView& run) {
  Panel rates = over_epochs("rates in training", {.label = "rate (Hz)"});
  for (std::size_t p = 0; p < run.model.network.populations().size(); ++p)
    if (has_spikes(run.model.network.populations()[p]))
      rates.series.push_back(curve(run.model.network.populations()[p].name, run,
                                   [p](const EpochMetrics& e) { return e.rates[p]; }));
  Panel rate = over_epochs("learning rate", rate_axis), norm = over_epochs("gradient", norm_axis);
  rate.series.push_back(curve("learning rate", run, learning_rate(run)));
  norm.series.push_back(curve("gradient", run, gradient_norm));
  Figure figure{.panels = {both(run, "loss", loss_axis, training_loss, validation_loss)}, .columns = 3};
  if (labelled(run))
    figure.panels.push_back(both(run, "accuracy", accuracy_axis, training_accuracy, validation_accuracy));
  for (Panel* panel : {&rate, &norm, &rates}) figure.panels.push_back(std::move(*panel));
  if (regularised(run)) {
    figure.panels.push_back(over_epochs("penalty", penalty_axis));
    figure.panels.back().series.push_back(curve("penalty", run, penalty));
  }
  return figure;
}

Figure many_runs(const std::vector<RunView>& runs) {
  Figure figure{.columns = 2};
  const auto add = [&](std::string title, const Axis& axis, const Value& value) {
    Panel panel = over_epochs(std::move(title), axis);
    for (const RunView& run : runs) panel.series.push_back(curve(run.label, run, value));
    figure.panels.push_back(std::move(panel));
  };
  const bool any_validated = std::ranges::any_of(runs, validated);
  add("training loss", loss_axis, training_loss);
  if (any_validated) add("validation loss", loss_axis, validation_loss);
  const bool any_labelled = std::ranges::any_of(runs, labelled);
  if (any_labelled) add("training accuracy", accuracy_axis, training_accuracy);
  if (any_labelled && any_validated) add("validation accuracy", accuracy_axis, validation_accuracy);
  Panel rate = over_epochs("learning rate", rate_axis);
  for (const RunView& run : runs) rate.series.push_back(curve(run.label, run, learning_rate(run)));
  figure.panels.push_back(std::move(rate));
  add("gradient", norm_axis, gradient_norm);
  if (std::ranges::any_of(runs, regularised)) add("penalty", penalty_axis, penalty);
  return figure;
}

}  // namespace

Figure curves_figure(const std::vector<RunView>& runs) {
  Figure figure = runs.size() == 1 ? one_run(runs[0]) : many_runs(runs);
  figure.id = "curves";
  figure.title = "Training";
  figure.caption = std::ranges::any_of(runs, labelled)
                       ? "Loss (cross-entropy, nats) and accuracy of the training samples, each before the "
                         "update that it is "
                         "part of, and of the validation samples after the epoch; what regularisers add to "
                         "the loss is the "
                         "penalty. The gradient is that of a batch, before it is clipped."
                       : "Loss of the trials before each update; what regularisers add to it is the penalty. "
                         "The gradient is "
                         "the mean over the trials, before it is clipped.";
  return figure;
}

}  // namespace spikegrad
