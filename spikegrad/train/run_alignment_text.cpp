// SPDX-License-Identifier: Apache-2.0
// An alignment as lines of a terminal, JSON and CSV.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "spikegrad/core/csv.hpp"
#include "spikegrad/core/provenance_json.hpp"
#include "spikegrad/train/run_alignment.hpp"

namespace spikegrad {
namespace {

using AlignmentJson = nlohmann::ordered_json;

constexpr const char* row_format = "{:<24}{:<14}{:>9}{:>9}{:>10}{:>9}{:>10}{:>9}{:>10}\n";

/// Two cells; a dash for what cannot be said.
std::pair<std::string, std::string> cells(const Estimate& e, int decimals) {
  if (!std::isfinite(e.value)) return {"-", ""};
  return {fmt::format("{:.{}f}", e.value, decimals),
          std::isfinite(e.std_error) && e.std_error > 0.0 ? fmt::format("{:.2g}", e.std_error) : "0"};
}

std::string row(const std::string& name, const std::string& block, const GradientDirection& d) {
  const auto cosine = cells(d.cosine, 4), length = cells(d.length, 3), bias = cells(d.bias, 3);
  return fmt::format(fmt::runtime(row_format), name, block, cosine.first, cosine.second, length.first,
                     length.second, bias.first, bias.second,
                     std::isfinite(d.noise) ? fmt::format("{:.3g}", d.noise) : "-");
}

AlignmentJson json_of(const Estimate& e) {
  return {{"value", e.value}, {"std_error", e.std_error}};
}

AlignmentJson json_of(const GradientDirection& d) {
  return {{"cosine", json_of(d.cosine)},
          {"length", json_of(d.length)},
          {"bias", json_of(d.bias)},
          {"bias_square", json_of(d.bias_square)},
          {"noise", d.noise}};
}

std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : std::string();
}

}  // namespace

std::string checkpoint_text(const RunAlignment& run, const CheckpointAlignment& checkpoint) {
  const Alignment& a = checkpoint.alignment;
  std::string text =
      checkpoint.epoch == 0 ? "before training" : fmt::format("after epoch {}", checkpoint.epoch);
  text += fmt::format(": loss {:.4f}", a.loss);
  if (std::isfinite(a.accuracy)) text += fmt::format(", accuracy {:.3f}", a.accuracy);
  for (std::size_t p = 0; p < a.rates.size(); ++p)
    if (run.spiking[p]) text += fmt::format(", {} {:.1f} Hz", run.populations[p], a.rates[p]);
  text += fmt::format("\ntruth: {} draws of {} on {} samples, {:.1f} s; lengths:", a.truth_draws, a.truth,
                      a.samples, a.seconds);
  for (std::size_t b = 0; b < a.truth_lengths.size(); ++b) {
    const Estimate& e = a.truth_lengths[b];
    text += std::isfinite(e.value) ? fmt::format(" {} {:.3g} +- {:.1g}", run.blocks[b], e.value, e.std_error)
                                   : fmt::format(" {} within its noise", run.blocks[b]);
    text += b + 1 < a.truth_lengths.size() ? "," : "\n\n";
  }
  text += fmt::format(fmt::runtime(row_format), "estimator", "block", "cosine", "+-", "length", "+-", "bias",
                      "+-", "noise");
  for (const EstimatorAlignment& e : a.estimators) {
    for (std::size_t b = 0; b < e.blocks.size(); ++b)
      text += row(b == 0 ? e.name : "", run.blocks[b], e.blocks[b]);
    text += row("", "all", e.all);
  }
  return text;
}

std::string alignment_notes(const RunAlignment& run) {
  std::string text =
      "cosine of the mean gradient with the true one; length and bias: |mean| and |mean - truth|, in lengths of the\n"
      "truth; +-: standard errors. The noise of mean and truth is taken out of all of them. noise: standard deviation\n"
      "of one draw on these samples. A dash: the truth (or the mean) is not told apart from 0.\n";
  if (!run.checkpoints.empty())
    for (const auto& [name, why] : run.checkpoints.front().alignment.refused)
      text += fmt::format("left out: {}: {}\n", name, why);
  return text;
}

std::string to_json(const RunAlignment& run, const std::optional<Provenance>& made) {
  AlignmentJson file;
  if (made) file["provenance"] = provenance_json<AlignmentJson>(*made);
  file["run"] = run.run;
  file["data"] = run.data;
  file["samples"] = run.samples;
  file["training_samples"] = run.training;
  file["parameters"] = run.blocks;
  file["checkpoints"] = AlignmentJson::array();
  for (const CheckpointAlignment& checkpoint : run.checkpoints) {
    const Alignment& a = checkpoint.alignment;
    if (a.truth.empty()) continue;  // its truth was not finished
    AlignmentJson entry{{"epoch", checkpoint.epoch}, {"loss", a.loss}, {"accuracy", a.accuracy}};
    entry["rates"] = AlignmentJson::object();
    for (std::size_t p = 0; p < a.rates.size(); ++p)
      if (run.spiking[p]) entry["rates"][run.populations[p]] = a.rates[p];
    entry["truth"] = {{"estimator", a.truth}, {"draws", a.truth_draws}, {"seconds", a.seconds}};
    entry["truth"]["length"] = json_of(a.truth_length);
    entry["truth"]["blocks"] = AlignmentJson::object();
    for (std::size_t b = 0; b < a.truth_lengths.size(); ++b)
      entry["truth"]["blocks"][run.blocks[b]] = json_of(a.truth_lengths[b]);
    entry["estimators"] = AlignmentJson::object();
    for (const EstimatorAlignment& e : a.estimators) {
      AlignmentJson of{
          {"unbiased", e.unbiased}, {"draws", e.draws}, {"seconds_per_draw", e.seconds_per_draw}};
      of.update(json_of(e.all));
      of["blocks"] = AlignmentJson::object();
      for (std::size_t b = 0; b < e.blocks.size(); ++b) of["blocks"][run.blocks[b]] = json_of(e.blocks[b]);
      entry["estimators"][e.name] = std::move(of);
    }
    entry["refused"] = AlignmentJson::object();
    for (const auto& [name, why] : a.refused) entry["refused"][name] = why;
    file["checkpoints"].push_back(std::move(entry));
  }
  return file.dump(2, ' ', false, AlignmentJson::error_handler_t::replace);
}

std::string to_csv(const RunAlignment& run) {
  std::string csv =
      "epoch,estimator,block,draws,cosine,cosine_std_error,length,length_std_error,bias,bias_std_error,noise,"
      "truth_length,truth_length_std_error\n";
  for (const CheckpointAlignment& checkpoint : run.checkpoints) {
    const Alignment& a = checkpoint.alignment;
    for (const EstimatorAlignment& e : a.estimators) {
      const auto line = [&](const std::string& block, const GradientDirection& d, const Estimate& truth) {
        csv += fmt::format("{},{},{},{}", checkpoint.epoch, csv_cell(e.name), csv_cell(block), e.draws);
        for (const Estimate& value : {d.cosine, d.length, d.bias})
          csv += "," + number(value.value) + "," + number(value.std_error);
        csv += "," + number(d.noise) + "," + number(truth.value) + "," + number(truth.std_error) + "\n";
      };
      for (std::size_t b = 0; b < e.blocks.size(); ++b) line(run.blocks[b], e.blocks[b], a.truth_lengths[b]);
      line("all", e.all, a.truth_length);
    }
  }
  return csv;
}

}  // namespace spikegrad
