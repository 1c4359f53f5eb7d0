// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"

namespace spikegrad {
namespace fs = std::filesystem;
namespace {

fs::path file_of(const fs::path& folder) {
  return folder / "series.json";
}

std::set<std::uint16_t> speakers_of(const SpikeData* data, const std::string& source) {
  if (!data) throw UserError(source + ": has no data set, so no speaker can be left out");
  const std::set<std::uint16_t> speakers(data->speakers.begin(), data->speakers.end());
  if (speakers.size() < 2)
    throw UserError(fmt::format("{}: names {} in extra/speaker; to leave one out in turn takes two or more",
                                data->source, speakers.empty() ? "no speaker" : "one speaker alone"));
  return speakers;
}

/// A speaker that judges must not steer.
void check_fold(const Model& model) {
  const TrainingSettings& training = model.training;
  if (training.schedule == Schedule::plateau)
    throw UserError(
        model.source +
        ": [training] schedule = \"plateau\" looks at the validation samples, and the speaker that "
        "is left out judges: another schedule, as \"cosine\"");
  if (training.patience > 0)
    throw UserError(
        model.source +
        ": [training] patience ends the training by the validation samples, and the speaker that is "
        "left out judges: --set training.patience=0");
}

}  // namespace

std::vector<SeriesRun> plan_series(const Model& model, const SpikeData* data, bool by_speakers,
                                   const std::vector<std::uint64_t>& seeds) {
  if (!label_of(model.loss)) throw UserError(model.source + ": has no classes, so a series has no accuracy");
  std::vector<std::uint64_t> all = seeds;
  if (all.empty()) all.push_back(model.seed);
  if (std::set<std::uint64_t>(all.begin(), all.end()).size() < all.size())
    throw UserError("--seeds: each must be given once");
  std::vector<SeriesRun> runs;
  if (!by_speakers) {
    for (const std::uint64_t seed : all) runs.push_back({fmt::format("seed-{}", seed), {}, seed});
    return runs;
  }
  check_fold(model);
  for (const std::uint16_t speaker : speakers_of(data, model.source))
    for (const std::uint64_t seed : all)
      runs.push_back({seeds.empty() ? fmt::format("speaker-{}", speaker)
                                    : fmt::format("speaker-{}-seed-{}", speaker, seed),
                      speaker, seed});
  return runs;
}

std::vector<std::string> overrides_of(const SeriesRun& run) {
  std::vector<std::string> changes{fmt::format("seed={}", run.seed)};
  if (run.speaker)
    for (const char* change : {"training.split=speakers", "training.validation=0.5", "training.select=last"})
      changes.emplace_back(change);  // the share is not looked at where speakers are named
  if (run.speaker) changes.push_back(fmt::format("training.validation_speakers=[{}]", *run.speaker));
  return changes;
}

bool is_series(const fs::path& folder) {
  return fs::exists(file_of(folder));
}

void write_series(const fs::path& folder, const std::vector<SeriesRun>& runs) {
  nlohmann::json list = nlohmann::json::array();
  for (const SeriesRun& run : runs) {
    nlohmann::json one{{"name", run.name}, {"seed", run.seed}};
    if (run.speaker) one["speaker"] = *run.speaker;
    list.push_back(std::move(one));
  }
  write_file(file_of(folder), nlohmann::json{{"runs", list}}.dump(2) + "\n");
}

std::vector<SeriesRun> read_series(const fs::path& folder) {
  const fs::path file = file_of(folder);
  if (!fs::exists(file))
    throw UserError(folder.string() +
                    ": holds no series of runs: must be what spikegrad train --folds or --seeds has written");
  try {
    std::vector<SeriesRun> runs;
    const auto read = nlohmann::json::parse(read_file(file));
    for (const auto& one : read.at("runs")) {
      SeriesRun& run = runs.emplace_back(
          SeriesRun{one.at("name").get<std::string>(), std::nullopt, one.at("seed").get<std::uint64_t>()});
      if (one.contains("speaker")) run.speaker = one["speaker"].get<std::uint16_t>();
    }
    return runs;
  } catch (const nlohmann::json::exception&) {
    throw UserError(file.string() + ": is damaged: must be what spikegrad train has written");
  }
}

std::vector<fs::path> runs_of(const fs::path& folder) {
  if (!is_series(folder)) return {folder};
  std::vector<fs::path> folders;
  for (const SeriesRun& run : read_series(folder)) folders.push_back(folder / run.name);
  return folders;
}

}  // namespace spikegrad
