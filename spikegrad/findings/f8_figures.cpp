// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/f8_figures.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "spikegrad/figure/text.hpp"

namespace spikegrad {
namespace {

void add_point(Series& series, double x, const Estimate& e) {
  if (!std::isfinite(e.value)) return;
  series.x.push_back(x);
  series.y.push_back(e.value);
  series.std_error.push_back(std::isfinite(e.std_error) ? e.std_error : 0.0);
}

Panel cosine_panel(const std::string& title, const std::string& x_label) {
  return {.title = title,
          .x = {.label = x_label},
          .y = {.label = "cosine with the true gradient"},
          .references = {{.direction = Direction::y, .at = 1.0}}};
}

/// Blocks of hidden units' weights: all but the readout's.
std::size_t hidden_blocks(const AlignmentMeasurement& measured, std::size_t net) {
  return measured.blocks[net].size() - 1;
}

std::string cell(const Estimate& e) {
  return measured_text(e.value, std::isfinite(e.std_error) ? std::optional(e.std_error) : std::nullopt);
}

}  // namespace

Estimate aligned_mean(const AlignmentMeasurement& measured, std::size_t net, std::size_t checkpoint,
                      std::size_t estimator, std::size_t block, Estimate GradientDirection::*member) {
  return over_aligned_seeds(measured.runs[net], [&](const AlignedRun& run) {
    return (run[checkpoint].estimators[estimator].blocks[block].*member).value;
  });
}

Figure course_figure(const AlignmentPlan& plan, const AlignmentMeasurement& measured, std::size_t net) {
  Figure figure{.id = "f8-course",
                .title = "Alignment during training",
                .caption = fmt::format(
                    "Nets of {}: cosine of each estimator's mean gradient with the true one. Mean over "
                    "seeds, with one standard error.",
                    plan.nets[net].name)};
  for (std::size_t b = 0; b < hidden_blocks(measured, net); ++b) {
    Panel panel = cosine_panel(measured.blocks[net][b], "epochs of training");
    for (std::size_t e = 0; e < plan.estimators.size(); ++e) {
      Series series{.name = plan.estimators[e], .style = Style::line_markers};
      for (std::size_t c = 0; c < plan.nets[net].checkpoints.size(); ++c)
        add_point(series, static_cast<double>(plan.nets[net].checkpoints[c]),
                  aligned_mean(measured, net, c, e, b, &GradientDirection::cosine));
      panel.series.push_back(std::move(series));
    }
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

Figure slope_figure(const AlignmentPlan& plan, const AlignmentMeasurement& measured,
                    const std::vector<std::size_t>& nets) {
  Figure figure{.id = "f8-slope",
                .title = "Alignment and the slope of the escape function",
                .caption =
                    "Trained nets of two hidden layers. The steeper f is, the more it bends over one spike. "
                    "Mean over seeds, with one standard error."};
  for (std::size_t b = 0; b < hidden_blocks(measured, nets[0]); ++b) {
    Panel panel = cosine_panel(measured.blocks[nets[0]][b], "slope β of the escape function");
    panel.x.log = true;
    for (std::size_t e = 0; e < plan.estimators.size(); ++e) {
      Series series{.name = plan.estimators[e], .style = Style::line_markers};
      for (const std::size_t net : nets)
        add_point(series, plan.nets[net].beta,
                  aligned_mean(measured, net, plan.nets[net].checkpoints.size() - 1, e, b,
                               &GradientDirection::cosine));
      panel.series.push_back(std::move(series));
    }
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

Figure depth_figure(const AlignmentPlan& plan, const AlignmentMeasurement& measured,
                    const std::vector<std::size_t>& nets) {
  Panel cosine = cosine_panel("Direction", "hidden layers up to the readout"),
        length{.title = "Length",
               .x = cosine.x,
               .y = {.label = "|mean| / |truth|", .log = true},
               .references = {{.direction = Direction::y, .at = 1.0}}};
  for (const std::size_t net : nets)
    for (auto [panel, member] :
         {std::pair{&cosine, &GradientDirection::cosine}, {&length, &GradientDirection::length}}) {
      Series series{.name = plan.nets[net].name, .style = Style::line_markers};
      const std::size_t blocks = hidden_blocks(measured, net);
      for (std::size_t b = blocks; b-- > 0;)
        add_point(series, static_cast<double>(blocks - b),
                  aligned_mean(measured, net, plan.nets[net].checkpoints.size() - 1, 0, b, member));
      panel->series.push_back(std::move(series));
    }
  return {.id = "f8-depth",
          .title = "Alignment and depth",
          .caption =
              fmt::format("Trained nets, {}, over how many layers a signal passes from the readout on. Mean "
                          "over seeds, with one standard error.",
                          plan.estimators[0]),
          .panels = {std::move(cosine), std::move(length)}};
}

Figure rate_figure(const AlignmentPlan& plan, const AlignmentMeasurement& measured) {
  Panel panel = cosine_panel("", "rate of the layer's units (Hz)");
  for (std::size_t net = 0; net < plan.nets.size(); ++net) {
    if (plan.nets[net].depth != 2) continue;
    for (std::size_t b = 0; b < hidden_blocks(measured, net); ++b) {
      const std::string name = measured.blocks[net][b];
      Series* series = nullptr;
      for (Series& s : panel.series)
        if (s.name == name) series = &s;
      if (!series) series = &panel.series.emplace_back(Series{.name = name, .style = Style::markers});
      const std::size_t last = plan.nets[net].checkpoints.size() - 1;
      const Estimate rate = over_aligned_seeds(measured.runs[net],
                                               [&](const AlignedRun& run) { return run[last].rates[b + 1]; });
      const Estimate cosine = aligned_mean(measured, net, last, 0, b, &GradientDirection::cosine);
      if (!std::isfinite(cosine.value)) continue;
      add_point(*series, rate.value, cosine);
      const std::string& of_net = plan.nets[net].name;  // all have two layers: "two layers, β = 10" is β = 10
      const std::size_t comma = of_net.find(", ");
      series->labels.push_back(comma == std::string::npos ? of_net : of_net.substr(comma + 2));
    }
  }
  return {.id = "f8-rate",
          .title = "Alignment and firing rate",
          .caption = fmt::format("Trained nets of two layers, {}: mean over seeds, with one standard error.",
                                 plan.estimators[0]),
          .panels = {std::move(panel)}};
}

Table alignment_table(const AlignmentPlan& plan, const AlignmentMeasurement& measured) {
  Table table{
      .caption =
          "Trained nets, means over seeds. Cosine and length of a gradient beside the true one, block by "
          "block.",
      .header = {"net", "accuracy", "parameters", "rate (Hz)"},
      .rows = {}};
  for (const std::string& estimator : plan.estimators) table.header.push_back(estimator + ", cosine");
  for (const std::string& estimator : plan.estimators) table.header.push_back(estimator + ", length");
  for (std::size_t net = 0; net < plan.nets.size(); ++net) {
    const std::size_t last = plan.nets[net].checkpoints.size() - 1;
    const Estimate accuracy =
        over_aligned_seeds(measured.runs[net], [&](const AlignedRun& run) { return run[last].accuracy; });
    for (std::size_t b = 0; b < measured.blocks[net].size(); ++b) {
      const bool readout = b + 1 == measured.blocks[net].size();
      const Estimate rate = over_aligned_seeds(measured.runs[net],
                                               [&](const AlignedRun& run) { return run[last].rates[b + 1]; });
      std::vector<std::string> row{b == 0 ? plan.nets[net].name : "", b == 0 ? cell(accuracy) : "",
                                   measured.blocks[net][b], readout ? "" : fmt::format("{:.1f}", rate.value)};
      for (const auto member : {&GradientDirection::cosine, &GradientDirection::length})
        for (std::size_t e = 0; e < plan.estimators.size(); ++e)
          row.push_back(cell(aligned_mean(measured, net, last, e, b, member)));
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

}  // namespace spikegrad
