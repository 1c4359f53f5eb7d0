// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/view/run_view.hpp"

#include <algorithm>

#include "spikegrad/core/error.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/run.hpp"
#include "spikegrad/train/run_directory.hpp"

namespace spikegrad {
namespace fs = std::filesystem;
namespace {

/// The data, or why there are none.
std::optional<SpikeData> data_of(RunView& view, const RunViewSettings& settings) {
  if (settings.data) return read_data(find_test_file(*settings.data), view.model);
  const std::string test = view.info["data"].value("test", "");
  if (test.empty()) {
    view.missing = "the run was given no test file: --data FILE judges it on one";
    return std::nullopt;
  }
  try {
    return read_data(test, view.model);
  } catch (const UserError& error) {
    view.missing = std::string(error.what()) + "; --data FILE judges it on another";
    return std::nullopt;
  }
}

/// The first sample of classes evenly spread over all.
std::vector<std::size_t> chosen_samples(const SpikeData& data, std::size_t count) {
  std::vector<std::size_t> chosen;
  for (std::size_t k = 0; k < count; ++k) {
    const auto found = std::find(data.labels.begin(), data.labels.end(), k * data.classes() / count);
    const auto i = static_cast<std::size_t>(found - data.labels.begin());
    if (i < data.size() && std::find(chosen.begin(), chosen.end(), i) == chosen.end()) chosen.push_back(i);
  }
  return chosen;
}

void judge(RunView& view, const Archive& archive, const SpikeData& data, const RunViewSettings& settings,
           Progress& progress) {
  const std::vector<double> parameters = chosen_parameters(view.model, archive);
  const std::uint64_t seed = settings.seed.value_or(view.model.seed);
  view.data = data.source;
  view.class_names = data.class_names;
  view.judged = evaluate(view.model, parameters, data,
                         {.engine = settings.engine, .seed = seed, .trials = settings.trials}, progress);
  const auto engine = make_batch_engine(settings.engine.kind, view.model, {}, settings.engine.threads);
  const std::size_t trials = view.model.network.stochastic_spike_count() > 0 ? settings.sample_trials : 1;
  for (const std::size_t i : chosen_samples(data, settings.samples))
    view.samples.push_back(run_sample(*engine, view.model, parameters, data, i, trials, seed));
}

}  // namespace

RunView view_run(const fs::path& folder, const RunViewSettings& settings, Progress& progress) {
  const RunDirectory directory = RunDirectory::open(folder);
  // "runs/a/" and "runs/a" are the same folder.
  const std::string name = (folder.has_filename() ? folder : folder.parent_path()).string();
  RunView view{.name = name,
               .label = name,
               .info = directory.info(),
               .settings = flat_settings(folder / "model.toml"),
               .model = directory.load_model(),
               .epochs = {}};
  try {
    for (const nlohmann::json& line : directory.metrics())
      view.epochs.push_back(epoch_from_json(line, view.model.network));
  } catch (const nlohmann::json::exception&) {
    throw UserError((folder / "metrics.jsonl").string() +
                    ": is damaged: must be what spikegrad train has written");
  }
  const auto checkpoint = directory.newest();
  if (!checkpoint) {
    view.missing = "no weights are saved yet";
    return view;
  }
  const TrainingSettings& training = view.model.training;
  const bool best = training.validation > 0.0 && training.select != Selection::last;
  view.kept_epoch = static_cast<std::size_t>(
      checkpoint->archive.find(best ? "state/best_epoch" : "state/epoch").values.at(0));
  if (const auto data = data_of(view, settings)) judge(view, checkpoint->archive, *data, settings, progress);
  return view;
}

}  // namespace spikegrad
