// SPDX-License-Identifier: Apache-2.0
// What the runs of a series have come to, and what choosing the epoch by the samples that judge would have added.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/quantile.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/train/run_directory.hpp"
#include "spikegrad/train/series.hpp"
#include "spikegrad/train/trainer.hpp"

namespace spikegrad {
namespace {

/// None before its first epoch.
std::optional<SeriesResult> result_of(const std::filesystem::path& folder, const SeriesRun& run) {
  const RunDirectory directory = RunDirectory::open(folder / run.name);
  const Model model = directory.load_model();
  const std::vector<EpochMetrics> epochs = directory.epochs(model.network);
  if (epochs.empty()) return std::nullopt;
  if (!epochs.back().labelled)
    throw UserError(model.source + ": has no classes, so a series has no accuracy");
  SeriesResult result{.run = run, .epochs = epochs.size(), .validated = epochs.back().validated};
  const auto accuracy = [&](const EpochMetrics& epoch) {
    return result.validated ? epoch.validation.accuracy : epoch.training.accuracy;
  };
  const EpochMetrics* kept = &epochs.back();
  for (const EpochMetrics& epoch : epochs) {
    if (selects(model) && epoch.best) kept = &epoch;
    if (result.best_epoch == 0 || accuracy(epoch) > result.best)
      result.best = accuracy(epoch), result.best_epoch = epoch.epoch;
  }
  result.accuracy = accuracy(*kept);
  return result;
}

/// Over speakers, or over seeds where none is left out.
template <class Value>
SeriesMean mean_of(const std::vector<SeriesResult>& runs, const Value& value) {
  std::map<std::pair<std::uint16_t, std::uint64_t>, VectorMoments> groups;
  for (const SeriesResult& run : runs) {
    const std::pair<std::uint16_t, std::uint64_t> key{run.run.speaker.value_or(0),
                                                      run.run.speaker ? 0 : run.run.seed};
    const double number = value(run);
    groups.try_emplace(key, 1).first->second.add({&number, 1});
  }
  VectorMoments all(1);
  for (const auto& [key, group] : groups) all.add(group.mean());
  SeriesMean result{.count = all.count(), .mean = all.mean()[0]};
  if (result.count < 2) return result;
  const double half = student_quantile(0.05, static_cast<double>(result.count - 1)) * all.std_error()[0];
  result.interval = {std::max(0.0, result.mean - half), std::min(1.0, result.mean + half)};
  return result;
}

std::string text_of(const SeriesMean& mean) {
  if (mean.count < 2) return fmt::format("{:.4f}", mean.mean);
  return fmt::format("{:.4f} ({:.4f} to {:.4f})", mean.mean, mean.interval.first, mean.interval.second);
}

nlohmann::json json_of(const SeriesMean& mean) {
  nlohmann::json json{{"mean", mean.mean}, {"count", mean.count}};
  if (mean.count > 1) json["interval"] = {mean.interval.first, mean.interval.second};
  return json;
}

}  // namespace

SeriesSummary summarise_series(const std::filesystem::path& folder) {
  SeriesSummary summary;
  for (const SeriesRun& run : read_series(folder))
    if (auto result = result_of(folder, run)) summary.runs.push_back(std::move(*result));
  if (summary.runs.empty()) return summary;
  summary.accuracy = mean_of(summary.runs, [](const SeriesResult& r) { return r.accuracy; });
  summary.best = mean_of(summary.runs, [](const SeriesResult& r) { return r.best; });
  return summary;
}

std::string describe(const SeriesSummary& summary) {
  const bool folds = summary.runs.front().run.speaker.has_value();
  const char* judged = folds                            ? "speaker left out"
                       : summary.runs.front().validated ? "validation"
                                                        : "training";
  std::string text = fmt::format("{:<24}{:>8}{:>10}  best epoch\n", "run", "epochs", "accuracy");
  for (const SeriesResult& r : summary.runs)
    text += fmt::format("{:<24}{:>8}{:>10.4f}  {:.4f} (epoch {})\n", r.run.name, r.epochs, r.accuracy, r.best,
                        r.best_epoch);
  text += fmt::format("accuracy, {}: {}", judged, text_of(summary.accuracy));
  if (summary.accuracy.count > 1)
    text += fmt::format(", mean over {} {} with 95 % (Student's t)", summary.accuracy.count,
                        folds ? "speakers" : "seeds");
  if (folds)
    text += fmt::format(
        "\nif the speaker left out had chosen the epoch: {}, which is not what a new speaker gets",
        text_of(summary.best));
  return text;
}

std::string to_json(const SeriesSummary& summary) {
  nlohmann::json runs = nlohmann::json::array();
  for (const SeriesResult& r : summary.runs) {
    nlohmann::json one{{"name", r.run.name},      {"seed", r.run.seed}, {"epochs", r.epochs},
                       {"accuracy", r.accuracy},  {"best", r.best},     {"best_epoch", r.best_epoch},
                       {"validated", r.validated}};
    if (r.run.speaker) one["speaker"] = *r.run.speaker;
    runs.push_back(std::move(one));
  }
  return nlohmann::json{
      {"runs", runs}, {"accuracy", json_of(summary.accuracy)}, {"best", json_of(summary.best)}}
      .dump(2);
}

}  // namespace spikegrad
