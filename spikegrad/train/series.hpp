// SPDX-License-Identifier: Apache-2.0
// Several runs of one model below one folder: each speaker left out in turn, several seeds, or both. series.json
// names them; each is a run of its own, which goes on, is evaluated and reported as any other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

struct SeriesRun {
  std::string name = {};                      ///< of its folder: "speaker-0", "seed-1", "speaker-0-seed-1"
  std::optional<std::uint16_t> speaker = {};  ///< left out of the training
  std::uint64_t seed = 0;
};

/// By speakers: one run for each of `data` that leaves it out. Seeds: these; none: the model's own. Throws
/// UserError where speakers are not known or there is one alone, where a seed is given twice, and where the model
/// lets validation steer its training, which a fold must not: its speaker judges.
SPIKEGRAD_EXPORT std::vector<SeriesRun> plan_series(const Model& model, const SpikeData* data,
                                                    bool by_speakers,
                                                    const std::vector<std::uint64_t>& seeds);

/// The changes that make the model file that of this run. A fold ends with its last weights.
SPIKEGRAD_EXPORT std::vector<std::string> overrides_of(const SeriesRun& run);

/// What a run has come to, by its metrics.
struct SeriesResult {
  SeriesRun run = {};
  std::size_t epochs = 0;
  bool validated = false;  ///< else the accuracy is that of the training samples
  double accuracy = 0.0;   ///< of the weights that are kept
  double best = 0.0;       ///< of the epoch whose accuracy is largest: chosen by the samples that judge
  std::size_t best_epoch = 0;
};

/// Mean with its 95 % interval by Student's t: over speakers where there are several (each the mean of its seeds),
/// else over seeds.
struct SeriesMean {
  std::size_t count = 0;
  double mean = 0.0;
  std::pair<double, double> interval = {};
};
struct SeriesSummary {
  std::vector<SeriesResult> runs = {};
  SeriesMean accuracy = {}, best = {};
};

SPIKEGRAD_EXPORT bool is_series(const std::filesystem::path& folder);
SPIKEGRAD_EXPORT void write_series(const std::filesystem::path& folder, const std::vector<SeriesRun>& runs);
/// Throws UserError where the folder holds none, or it is damaged.
SPIKEGRAD_EXPORT std::vector<SeriesRun> read_series(const std::filesystem::path& folder);
/// The folders of its runs; of a folder that is none, itself.
SPIKEGRAD_EXPORT std::vector<std::filesystem::path> runs_of(const std::filesystem::path& folder);

/// Of the runs that have an epoch; empty where none has.
SPIKEGRAD_EXPORT SeriesSummary summarise_series(const std::filesystem::path& folder);
/// Lines of a table, and what the means are.
SPIKEGRAD_EXPORT std::string describe(const SeriesSummary& summary);
SPIKEGRAD_EXPORT std::string to_json(const SeriesSummary& summary);

}  // namespace spikegrad
