// SPDX-License-Identifier: Apache-2.0
// A series of runs of spikegrad train: folds, seeds, or both, in one folder.
#include <fmt/format.h>

#include <limits>

#include "spikegrad/cli/mpi.hpp"
#include "spikegrad/cli/train_run.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/train/series.hpp"

namespace spikegrad::cli {
namespace {

/// All runs of a series are made before the first one trains: what is refused is refused then, and --resume finds
/// whole runs only.
void begin_series(const TrainOptions& options, FoundData& found) {
  if (options.common.seed && !options.seeds.empty())
    throw UserError("--seed: --seeds gives those of the runs");
  if (!options.folds.empty() && options.folds != "speakers")
    throw UserError("--folds " + options.folds + ": must be speakers");
  std::vector<std::uint64_t> seeds;
  for (const std::string& text : options.seeds) {
    if (const std::string why = whole_number(0, std::numeric_limits<std::int64_t>::max())(text); !why.empty())
      throw UserError("--seeds: " + why);
    seeds.push_back(std::stoull(text));
  }
  TrainOptions base = options;
  if (!options.folds.empty()) base.model.overrides.emplace_back("training.split=speakers");  // not a file
  const Model model = load_new(base);
  if (model.data) {
    found.files = find_data_files(options.data);
    found.read(model);
  }
  const std::vector<SeriesRun> runs = plan_series(model, found.data.get(), !options.folds.empty(), seeds);
  const std::filesystem::path folder = folder_of(options);
  if (is_first(ranks())) check_new(folder);
  for (const SeriesRun& run : runs) {
    TrainOptions one = options;
    one.output = (folder / run.name).string();
    for (std::string& change : overrides_of(run)) one.model.overrides.push_back(std::move(change));
    begin_run(one, found);
  }
  if (is_first(ranks())) write_series(folder, runs);
  if (ranks()) ranks()->any(false);  // all wait until it is there
}

}  // namespace

int train_series(const TrainOptions& options) {
  FoundData found;
  if (options.resume.empty()) begin_series(options, found);
  const std::string folder = options.resume.empty() ? folder_of(options).string() : options.resume;
  if (!options.resume.empty()) refuse_new(options);
  TrainOptions one = options;
  one.common.seed.reset();
  one.model.path.clear();
  one.output.clear();
  one.start_from.clear();
  if (options.resume.empty()) one.model.overrides.clear();  // the runs have them
  for (const SeriesRun& run : read_series(folder)) {
    one.resume = (std::filesystem::path(folder) / run.name).string();
    if (!options.common.quiet) fmt::print("\n{}\n", run.name);
    train_to_end(one, resume_run(one, found), found, folder);
  }
  if (!is_first(ranks())) return Exit::done;
  const SeriesSummary summary = summarise_series(folder);
  if (summary.runs.empty()) return Exit::done;  // 0 epochs were asked for
  write_file(std::filesystem::path(folder) / "series.json", to_json(summary) + "\n");
  fmt::print("\n{}\n", describe(summary));
  return Exit::done;
}

}  // namespace spikegrad::cli
