// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/view/run_view.hpp"

#include <algorithm>

#include "spikegrad/core/error.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/problem_task.hpp"
#include "spikegrad/train/run_directory.hpp"
#include "spikegrad/train/trainer.hpp"

namespace spikegrad {
namespace fs = std::filesystem;
namespace {

/// The data, or why there are none.
std::optional<SpikeData> data_of(RunView& view, const RunViewSettings& settings) {
  if (settings.data)
    return read_test_data(find_test_file(*settings.data), view.model, view.info.data, view.notes,
                          settings.isolation);
  const std::string test = view.info.data ? view.info.data->test : "";
  if (test.empty()) {
    view.missing = "the run was given no test file: --data FILE judges it on one";
    return std::nullopt;
  }
  try {
    return read_test_data(test, view.model, view.info.data, view.notes, settings.isolation);
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

void judge(RunView& view, const Archive& archive, const Task& task, const std::vector<std::size_t>& shown,
           const RunViewSettings& settings, Progress& progress) {
  const std::vector<double> parameters = chosen_parameters(view.model, archive);
  const std::uint64_t seed = settings.seed.value_or(view.model.seed);
  view.class_names.assign(task.class_names().begin(), task.class_names().end());
  view.judged = evaluate(view.model, parameters, task,
                         {.engine = settings.engine, .seed = seed, .trials = settings.trials}, progress);
  const auto engine = make_engine(view.model.objective(), settings.engine);
  const auto forward = engine->prepare({});
  const std::size_t trials = view.model.network.stochastic_spike_count() > 0 ? settings.sample_trials : 1;
  for (const std::size_t i : shown)
    view.samples.push_back(run_sample(*forward, view.model.network, parameters, task, i, trials, seed));
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
  view.epochs = directory.epochs(view.model.network);
  const auto checkpoint = directory.newest();
  if (!checkpoint) {
    view.missing = "no weights are saved yet";
    return view;
  }
  view.kept_epoch = kept_epoch(view.model, checkpoint->archive);
  if (!view.model.data) {
    if (settings.data)
      throw UserError(name + ": its model has an input of its own; --data is for runs on a data set");
    judge(view, checkpoint->archive, ProblemTask(view.model), {0}, settings, progress);
  } else if (const auto data = data_of(view, settings)) {
    view.data = data->source;
    judge(view, checkpoint->archive, DataTask(view.model, *data, settings.engine.threads),
          chosen_samples(*data, settings.samples), settings, progress);
  }
  return view;
}

}  // namespace spikegrad
