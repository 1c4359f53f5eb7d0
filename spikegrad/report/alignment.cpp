// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/alignment.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "spikegrad/figure/text.hpp"
#include "spikegrad/report/comparison_file.hpp"

namespace spikegrad {
namespace {

using nlohmann::ordered_json;

constexpr double absent = std::numeric_limits<double>::quiet_NaN();

double number(const ordered_json& value) {
  return value.is_number() ? value.get<double>() : absent;
}

struct Measured {
  double value = absent, std_error = absent;
};

Measured measured(const ordered_json& part, const char* what) {
  const ordered_json& e = part.at(what);
  return {number(e.at("value")), number(e.at("std_error"))};
}

std::string cell(const Measured& m) {
  return measured_text(m.value, m.std_error > 0.0 ? std::optional(m.std_error) : std::nullopt);
}

struct Quantity {
  const char *key, *id, *title, *label, *caption;
  double right;  ///< what an unbiased gradient has
  bool log;
};

constexpr Quantity alignment_quantities[] = {
    {"cosine", "alignment-cosine", "Direction", "cosine with the true gradient",
     "1: the estimator's mean points along the true gradient; 0: across it. Bars: one standard error, of the estimator's "
     "draws and the truth's. The noise itself, which would take the cosine down, is taken out.",
     1.0, false},
    {"bias", "alignment-bias", "Bias", "|mean − truth| / |truth|",
     "Length of what the mean gradient is off, in lengths of the true one. 1 is the bias of no gradient at all.",
     0.0, false},
    {"length", "alignment-length", "Length", "|mean| / |truth|",
     "How long the mean gradient is beside the true one.", 1.0, true}};

/// Of a block, or of all parameters where `block` is empty.
const ordered_json& part_of(const ordered_json& estimator, const std::string& block) {
  return block.empty() ? estimator : estimator.at("blocks").at(block);
}

Panel panel_of(const ordered_json& checkpoints, const Quantity& quantity, const std::string& block) {
  Panel panel{.title = block.empty() ? "all parameters" : block,
              .x = {.label = "epochs of training"},
              .y = {.label = quantity.label, .log = quantity.log},
              .references = {{.direction = Direction::y, .at = quantity.right}}};
  for (const ordered_json& checkpoint : checkpoints)
    for (const auto& [name, estimator] : checkpoint.at("estimators").items()) {
      const Measured m = measured(part_of(estimator, block), quantity.key);
      if (std::isnan(m.value)) continue;
      Series* series = nullptr;
      for (Series& s : panel.series)
        if (s.name == name) series = &s;
      if (!series) series = &panel.series.emplace_back(Series{.name = name, .style = Style::line_markers});
      series->x.push_back(checkpoint.at("epoch").get<double>());
      series->y.push_back(m.value);
      series->std_error.push_back(std::isnan(m.std_error) ? 0.0 : m.std_error);
    }
  return panel;
}

Figure figure_of(const ordered_json& alignment, const Quantity& quantity) {
  Figure figure{.id = quantity.id, .title = quantity.title, .caption = quantity.caption};
  std::vector<std::string> blocks;
  for (const auto& block : alignment.at("parameters")) blocks.push_back(block.get<std::string>());
  blocks.emplace_back();
  for (const std::string& block : blocks) {
    Panel panel = panel_of(alignment.at("checkpoints"), quantity, block);
    if (!panel.series.empty()) figure.panels.push_back(std::move(panel));
  }
  return figure;
}

Table table_of(const ordered_json& alignment, const ordered_json& checkpoint) {
  Table table{.caption = fmt::format("After epoch {}", checkpoint.at("epoch").get<std::size_t>()),
              .header = {"parameters", "estimator", "cosine", "length", "bias", "noise of one draw"},
              .rows = {}};
  std::vector<std::string> blocks;
  for (const auto& block : alignment.at("parameters")) blocks.push_back(block.get<std::string>());
  blocks.emplace_back();
  for (const std::string& block : blocks)
    for (const auto& [name, estimator] : checkpoint.at("estimators").items()) {
      const ordered_json& part = part_of(estimator, block);
      table.rows.push_back({block.empty() ? "all" : block, name, cell(measured(part, "cosine")),
                            cell(measured(part, "length")), cell(measured(part, "bias")),
                            measured_text(number(part.at("noise")))});
    }
  return table;
}

/// Loss, accuracy, rates and length of the truth of every checkpoint.
Table course_of(const ordered_json& alignment) {
  Table table{.caption = "The net at these checkpoints", .header = {"epoch", "loss", "accuracy"}, .rows = {}};
  const ordered_json& checkpoints = alignment.at("checkpoints");
  for (const auto& [population, rate] : checkpoints.at(0).at("rates").items())
    table.header.push_back(population + " (Hz)");
  for (const auto& block : alignment.at("parameters"))
    table.header.push_back("|truth|, " + block.get<std::string>());
  for (const ordered_json& checkpoint : checkpoints) {
    std::vector<std::string> row{std::to_string(checkpoint.at("epoch").get<std::size_t>()),
                                 measured_text(number(checkpoint.at("loss"))),
                                 measured_text(number(checkpoint.at("accuracy")))};
    for (const auto& [population, rate] : checkpoint.at("rates").items())
      row.push_back(fmt::format("{:.1f}", number(rate)));
    for (const auto& [block, length] : checkpoint.at("truth").at("blocks").items())
      row.push_back(cell({number(length.at("value")), number(length.at("std_error"))}));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

FindingResult alignment_section(const ordered_json& alignment) {
  const ordered_json& checkpoints = alignment.at("checkpoints");
  FindingResult section{.id = "alignment",
                        .title = "Estimators along a training: " + alignment.at("run").get<std::string>()};
  if (checkpoints.empty()) return section;
  const ordered_json& truth = checkpoints.at(0).at("truth");
  section.method = fmt::format(
      "The gradient of the mean loss of {} of {} training samples of {}, at checkpoints of a run. The truth is the mean "
      "of {} draws of the unbiased estimator {}. Cosine, length and bias are made of inner products of draws that are "
      "independent of each other, so that the noise of mean and truth has no part in them; standard errors by the "
      "jackknife. Length and bias are in lengths of the true gradient of the same parameters; noise: standard "
      "deviation of one draw on these samples.",
      alignment.at("samples").get<std::size_t>(), alignment.at("training_samples").get<std::size_t>(),
      alignment.at("data").get<std::string>(), truth.at("draws").get<std::size_t>(),
      truth.at("estimator").get<std::string>());
  if (const std::string model = model_text(alignment); !model.empty())
    section.method += "\n\nModel: " + model + ".";
  section.tables = {course_of(alignment), table_of(alignment, checkpoints.back())};
  for (const Quantity& quantity : alignment_quantities)
    if (Figure figure = figure_of(alignment, quantity); !figure.panels.empty())
      section.figures.push_back(std::move(figure));
  for (const auto& [name, why] : checkpoints.at(0).at("refused").items())
    section.notes += "<b>" + name + "</b> was left out: " + why.get<std::string>() + ".\n\n";
  return section;
}

}  // namespace spikegrad
