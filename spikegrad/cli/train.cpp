// SPDX-License-Identifier: Apache-2.0
// spikegrad train: a network on a data set, or on the input of its model file, into a run's folder that an
// interrupt or a crash leaves whole.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "spikegrad/cli/engine_option.hpp"
#include "spikegrad/data/agreement.hpp"
#include "spikegrad/engine/cpu/engine.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/problem_task.hpp"
#include "spikegrad/train/run.hpp"
#include "spikegrad/train/saved_run.hpp"
#include "spikegrad/version.hpp"

namespace spikegrad::cli {
namespace {

struct Options {
  Common common;
  ModelOptions model;
  EngineOption engine;
  std::string data, output, resume, start_from;
  RunSettings run;
};

/// What a run needs, new or resumed. The trainer refers to the rest.
struct Prepared {
  std::unique_ptr<Model> model;
  DataFiles files;
  std::unique_ptr<SpikeData> data;  ///< none: the model has an input of its own
  std::vector<std::string> notes;   ///< of the data
  EngineSettings engine;
  std::unique_ptr<Task> task;
  std::unique_ptr<Trainer> trainer;

  void read_data() {
    data = std::make_unique<SpikeData>(read_training_data(files, *model, notes, Isolation::child));
  }
  void make_trainer() {
    if (data)
      task = std::make_unique<DataTask>(*model, *data, engine.threads);
    else
      task = std::make_unique<ProblemTask>(*model);
    trainer = std::make_unique<Trainer>(*model, *task, engine);
    check_memory(trainer->memory(), available_memory());
  }
};

RunDescription description_of(const Options& options, const Prepared& run) {
  RunDescription info = describe_run(*run.model, run.engine.kind, run.data.get());
  info.model = options.model.path;
  info.set = options.model.overrides;
  info.command = *options.common.line;
  info.threads = threads_used(options.common);
  info.start_from = options.start_from;
  if (!run.data) return info;
  info.data->training = std::filesystem::absolute(run.files.training).string();
  if (run.data->validation_samples > 0)
    info.data->validation = std::filesystem::absolute(*run.files.validation).string();
  if (run.files.test) info.data->test = std::filesystem::absolute(*run.files.test).string();
  return info;
}

/// The weights that another run keeps, for a model with the same parameter blocks.
std::vector<double> weights_of(const std::string& folder, const Model& model) {
  const SavedRun saved = load_run(folder);
  for (const std::string& why : saved.refused) warn(why + "; taking the one before it");
  const auto &own = model.network.blocks(), &theirs = saved.model.network.blocks();
  const auto text = [](const ParameterBlock& block) {
    return fmt::format("{} [{}]", block.name, fmt::join(block.shape, ", "));
  };
  for (std::size_t b = 0; b < std::max(own.size(), theirs.size()); ++b)
    if (b >= own.size() || b >= theirs.size() || own[b].name != theirs[b].name ||
        own[b].shape != theirs[b].shape)
      throw UserError(fmt::format("--start-from {}: its parameters are not those of {}: {}, and here {}",
                                  folder, model.source,
                                  b < theirs.size() ? text(theirs[b]) : "no further block",
                                  b < own.size() ? text(own[b]) : "no further block"));
  return saved.parameters;
}

RunDirectory begin(const Options& options, Prepared& run) {
  if (options.model.path.empty())
    throw UserError(
        "a model file is missing: spikegrad train MODEL.toml, and --data FILE where it needs data");
  run.model = std::make_unique<Model>(options.model.load(options.common));
  if (run.model->data && options.data.empty())
    throw UserError("--data is missing: must be a data file, or a folder with a *_train.h5");
  if (!run.model->data && !options.data.empty())
    throw UserError(options.model.path +
                    ": has an input of its own, so --data is of no use; [input] kind = \"data\" takes one");
  const std::filesystem::path folder =
      options.output.empty()
          ? std::filesystem::path("runs") / std::filesystem::path(options.model.path).stem()
          : std::filesystem::path(options.output);
  RunDirectory::check_no_run(folder);
  run.engine = {options.engine.kind(), options.common.threads};
  if (run.model->data) {
    run.files = find_data_files(options.data);
    run.read_data();
  }
  if (!options.start_from.empty()) run.model->parameters = weights_of(options.start_from, *run.model);
  run.make_trainer();  // what it refuses is refused before anything is written
  return RunDirectory::create(folder, *run.model, description_of(options, run));
}

/// The data that a run began with, from where they are now.
void find_data_again(const Options& options, const RunData& given, Prepared& run) {
  if (!options.data.empty())
    run.files = find_data_files(options.data);
  else
    run.files = {given.training, std::filesystem::path(given.validation), std::nullopt};
  if (given.validation.empty()) run.files.validation.reset();
  run.read_data();
  if (given.checksum != fingerprint(*run.data))
    throw UserError(run.files.training.string() + ": is not the data that " + options.resume + " began with");
  if (!given.test.empty()) run.files.test = given.test;
}

/// A run that goes on keeps what its state and its draws are made of.
void check_resumed(const std::string& text) {
  constexpr std::array<std::string_view, 8> free{"epochs",   "patience", "learning_rate", "learning_rates",
                                                 "schedule", "decay",    "decay_epochs",  "gradient_clip"};
  constexpr std::string_view section = "training.";
  const std::string key = text.substr(0, text.find('='));
  if (key.starts_with(section) &&
      std::find(free.begin(), free.end(), std::string_view(key).substr(section.size())) != free.end())
    return;
  throw UserError(
      fmt::format("--set {}: of a run that goes on, training.{} can change; --start-from RUN begins "
                  "another run from its weights",
                  text, fmt::join(free, ", training.")));
}

RunDirectory go_on(const Options& options, Prepared& run) {
  if (!options.model.path.empty() || !options.output.empty() || options.common.seed ||
      !options.start_from.empty())
    throw UserError(
        "--resume: goes on with model, seed and weights of the run; MODEL.toml, -o, --seed and "
        "--start-from are for new runs");
  for (const std::string& text : options.model.overrides) check_resumed(text);
  RunDirectory directory = RunDirectory::open(options.resume);
  directory.check_lock();
  const RunDescription& info = directory.info();
  run.model = std::make_unique<Model>(directory.load_model(options.model.overrides));
  run.engine = {options.engine.name.empty() ? info.engine : options.engine.kind(), options.common.threads};
  if (run.model->data)
    find_data_again(options, info.data.value_or(RunData{}), run);
  else if (!options.data.empty())
    throw UserError("--data " + options.data +
                    ": the run has no data set, its model has an input of its own");
  run.make_trainer();
  directory.lock();  // not before: the process that reads the data would hold it too, and may outlive a kill
  if (!options.model.overrides.empty() || run.engine.kind != info.engine)
    directory.change(*run.model, run.engine.kind);
  return directory;
}

void print_begin(const Prepared& run) {
  if (run.data)
    fmt::print(
        "{}: {} samples of {} classes, {:.0f} spikes each in {} steps of {:g} s; {} train, {} validate\n",
        run.data->source, run.data->size(), run.data->classes(),
        static_cast<double>(run.data->units.size()) / static_cast<double>(run.data->size()),
        run.data->time.steps, run.data->time.dt, run.trainer->split().training.size(),
        run.trainer->split().validation.size());
  if (run.data)
    fmt::print("{}\n", describe_counts(*run.data));
  else
    fmt::print("{}: one input of {} steps of {:g} s; an update is the mean of {} trials\n", run.model->source,
               run.model->network.steps(), run.model->network.time().dt, run.trainer->trials_per_epoch());
  const MemoryEstimate memory = run.trainer->memory();
  fmt::print("{} parameters; memory about {:.0f} MB: data {:.0f}, weights {:.0f}, tapes {:.0f}\n",
             run.model->network.parameter_count(), static_cast<double>(memory.total()) / 1e6,
             static_cast<double>(memory.data) / 1e6, static_cast<double>(memory.parameters) / 1e6,
             static_cast<double>(memory.passes) / 1e6);
}

void print_epoch(const EpochMetrics& epoch, std::size_t epochs) {
  fmt::print("epoch {:>{}}/{}  training loss {:.4f}", epoch.epoch, std::to_string(epochs).size(), epochs,
             epoch.training.loss);
  if (epoch.regularised) fmt::print(" penalty {:.4f}", epoch.training.penalty);
  if (epoch.labelled) fmt::print(" accuracy {:.4f}", epoch.training.accuracy);
  if (epoch.validated)
    fmt::print("  validation loss {:.4f} accuracy {:.4f}{}", epoch.validation.loss, epoch.validation.accuracy,
               epoch.best ? " *" : "  ");
  fmt::print("  {:.2f} s\n", epoch.seconds);
  std::fflush(stdout);
}

/// Epochs of one update are many and short: about this many of them are printed.
constexpr std::size_t printed_epochs = 100;

bool is_printed(const Prepared& run, const EpochMetrics& epoch) {
  const std::size_t every =
      run.data ? 1 : std::max<std::size_t>(1, run.model->training.epochs / printed_epochs);
  return epoch.epoch % every == 0 || epoch.epoch == 1 || epoch.epoch == run.model->training.epochs;
}

/// Whose weights a run keeps.
std::string kept(const Prepared& run) {
  const TrainingState& state = run.trainer->state();
  if (!selects(*run.model) || run.trainer->split().validation.empty())
    return fmt::format("the weights of the last of {} epochs", state.epoch);
  if (state.best_epoch == 0) return "the weights of the beginning of epoch 1";
  return fmt::format("the weights of epoch {}, validation loss {:.4f} accuracy {:.4f}", state.best_epoch,
                     state.best_loss, state.best_accuracy);
}

void print_end(const Prepared& run, const std::string& folder) {
  const TrainingState& state = run.trainer->state();
  if (state.epoch == 0)
    fmt::print("0 epochs done; {} holds the weights of the beginning.", folder);
  else if (!selects(*run.model) || run.trainer->split().validation.empty())
    fmt::print("{} epochs done; {} holds the weights of the last.", state.epoch, folder);
  else
    fmt::print("{} epochs done; {} holds the weights of epoch {}: validation loss {:.4f} accuracy {:.4f}.",
               state.epoch, folder, state.best_epoch, state.best_loss, state.best_accuracy);
  fmt::print(" Next: spikegrad evaluate {}{}\n", folder, run.files.test || !run.data ? "" : " --data FILE");
}

/// The newest checkpoint of a run that goes on, if it has one: its file.
std::filesystem::path restore(const RunDirectory& directory, Trainer& trainer) {
  const auto checkpoint = directory.newest();
  if (checkpoint) {
    for (const std::string& why : checkpoint->refused)
      fmt::print(stderr, "spikegrad: {}; going on from the one before it\n", why);
    trainer.restore(checkpoint->archive);
  }
  directory.keep_metrics_until(static_cast<std::size_t>(trainer.state().epoch));
  return checkpoint ? checkpoint->file : std::filesystem::path();
}

int run(const Options& options) {
  Prepared run;
  const RunDirectory directory = options.resume.empty() ? begin(options, run) : go_on(options, run);
  const std::string folder = directory.folder().string();
  Trainer& trainer = *run.trainer;
  std::filesystem::path restored;
  if (!options.resume.empty()) restored = restore(directory, trainer);
  const bool quiet = options.common.quiet;
  if (!quiet) print_begin(run);
  for (const std::string& text : run.notes) warn(text);
  for (const std::string& text : trainer.warnings()) warn(text);
  TerminalProgress progress(quiet);
  const TrainingState& state = trainer.state();
  const std::size_t epochs = run.model->training.epochs;
  const double epochs_left = static_cast<double>(epochs) - state.epoch;
  progress.start(run.data ? "samples" : "trials",
                 static_cast<std::size_t>(std::max(0.0, epochs_left)) * trainer.trials_per_epoch() -
                     static_cast<std::size_t>(state.trials));
  try {
    run_training(trainer, directory, run.model->network, restored, options.run, progress,
                 [&](const EpochMetrics& epoch) {
                   if (epoch.epoch == 1 && epoch.gradient_norm == 0.0) {
                     progress.clear();
                     warn("the gradient was 0 in all of epoch 1: no parameter has moved");
                   }
                   if (quiet || !is_printed(run, epoch)) return;
                   progress.clear();
                   print_epoch(epoch, epochs);
                 });
  } catch (const Interrupted&) {
    progress.clear();
    fmt::print(stderr, "spikegrad: saved; spikegrad train --resume {} goes on\n", folder);
    throw;
  } catch (const NotFinite& error) {
    progress.clear();
    if (state.epoch == 0 && state.update == 0) throw;
    throw UserError(fmt::format("{}; {} keeps what was learned before: {}", error.what(), folder, kept(run)));
  }
  progress.clear();
  if (!quiet) print_end(run, folder);
  return Exit::done;
}

}  // namespace

Command add_train(App& program) {
  auto options = std::make_shared<Options>();
  App* app = program.add_subcommand(
      "train",
      "Train a network: on labelled spike trains in the layout of the Spiking Heidelberg Digits (--data), or "
      "on the\n"
      "input and loss of its model file.\n"
      "Ctrl-C and SIGTERM save. --resume continues a stopped run; its result is bit-identical to that of an "
      "uninterrupted one.\n"
      "Examples: spikegrad train experiments/digits-recurrent.toml --data DIR -o runs/digits\n"
      "          spikegrad train experiments/matching-stochastic.toml -o runs/matching");
  options->model.add_to(*app, false);
  app->add_option("--data", options->data,
                  "Data file, or a folder with a *_train.h5 and perhaps a *_valid.h5 and a *_test.h5")
      ->type_name("PATH");
  app->add_option("-o,--output", options->output, "The run's folder (runs/MODEL)")->type_name("RUN");
  app->add_option("--resume", options->resume,
                  "Go on with the run in this folder; --set may change epochs and rates")
      ->type_name("RUN");
  app->add_option("--start-from", options->start_from,
                  "Begin with the weights that the run in this folder keeps; its parameters must be the same")
      ->type_name("RUN");
  app->add_option("--checkpoint-every", options->run.checkpoint_every,
                  "Seconds between checkpoints; 0: after every update")
      ->check(non_negative_number())
      ->type_name("SECONDS")
      ->capture_default_str();
  options->engine.add_to(*app);
  options->common.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace spikegrad::cli
