// SPDX-License-Identifier: Apache-2.0
// spikegrad train: a network on a data set, or on the input of its model file, into a run's folder that an
// interrupt or a crash leaves whole.
#include <memory>

#include "spikegrad/cli/train_run.hpp"
#include "spikegrad/train/series.hpp"

namespace spikegrad::cli {
namespace {

int run(const TrainOptions& options) {
  const bool asked = !options.folds.empty() || !options.seeds.empty();
  if (asked || (!options.resume.empty() && is_series(options.resume))) {
    if (asked && !options.resume.empty())
      throw UserError("--resume: goes on with the runs of the series; --folds and --seeds are for new ones");
    return train_series(options);
  }
  FoundData found;
  TrainingSession run = options.resume.empty() ? begin_run(options, found) : resume_run(options, found);
  const std::string folder = options.resume.empty() ? folder_of(options).string() : options.resume;
  return train_to_end(options, std::move(run), found, folder);
}

}  // namespace

Command add_train(App& program) {
  auto options = std::make_shared<TrainOptions>();
  App* app = program.add_subcommand(
      "train",
      "Train a network: on labelled spike trains in the layout of the Spiking Heidelberg Digits (--data), or "
      "on the\n"
      "input and loss of its model file.\n"
      "Ctrl-C and SIGTERM save. --resume continues a stopped run; its result is bit-identical to that of an "
      "uninterrupted one.\n"
      "Examples: spikegrad train experiments/digits-recurrent.toml --data DIR -o runs/digits\n"
      "          spikegrad train experiments/digits-speakers.toml --data DIR --folds speakers -o runs/folds\n"
      "          spikegrad train experiments/matching-stochastic.toml -o runs/matching");
  options->model.add_to(*app, false);
  app->add_option("--data", options->data,
                  "Data file, or a folder with a *_train.h5 and perhaps a *_valid.h5 and a *_test.h5")
      ->type_name("PATH");
  app->add_option("-o,--output", options->output, "The run's folder (runs/MODEL)")->type_name("RUN");
  app->add_option("--resume", options->resume,
                  "Go on with the run in this folder; --set may change epochs and rates")
      ->type_name("RUN");
  app->add_option(
         "--folds", options->folds,
         "One run for each speaker, which leaves that one out and is judged on it; the folder holds them all")
      ->type_name("speakers");
  app->add_option("--seeds", options->seeds,
                  "One run for each of these seeds, as 1,2,3; with --folds, for each fold")
      ->delimiter(',')
      ->type_name("SEEDS");
  app->add_option("--start-from", options->start_from,
                  "Begin with the weights that the run in this folder keeps; its parameters must be the same")
      ->type_name("RUN");
  app->add_option("--checkpoint-every", options->run.checkpoint_every,
                  "Seconds between checkpoints; 0: after every update")
      ->check(non_negative_number())
      ->type_name("SECONDS")
      ->capture_default_str();
  app->add_option_function(
         "--keep-checkpoints",
         [options](const std::string& text) { options->keep = epochs_of("--keep-checkpoints", text, 1); },
         "Epochs whose state stays in the folder, e.g. 1,2,5,10; spikegrad compare RUN looks at them")
      ->type_name("EPOCHS");
  options->engine.add_to(*app);
  options->common.add_to(*app);
  return {app, [options] { return run(*options); }, true};
}

}  // namespace spikegrad::cli
