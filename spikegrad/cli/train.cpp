// SPDX-License-Identifier: Apache-2.0
// spikegrad train: a network on a data set, into a run's folder that an interrupt or a crash leaves whole.
#include <fmt/core.h>

#include "spikegrad/cli/engine_option.hpp"
#include "spikegrad/engine/cpu/engine.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/memory.hpp"
#include "spikegrad/train/run.hpp"

namespace spikegrad::cli {
namespace {

struct Options {
  Common common;
  ModelOptions model;
  EngineOption engine;
  std::string data, output, resume;
  RunSettings run;
};

/// What a run needs, new or resumed.
struct Prepared {
  RunDirectory directory;
  Model model;
  DataFiles files;
  SpikeData data;
  EngineSettings engine;
};

nlohmann::json info_of(const Options& options, const Model& model, const DataFiles& files,
                       const SpikeData& data) {
  nlohmann::json info{{"version", SPIKEGRAD_VERSION},
                      {"build", fmt::format("{}, {}", __VERSION__, CpuEngine::instruction_set())},
                      {"model", options.model.path},
                      {"set", options.model.overrides},
                      {"seed", model.seed},
                      {"engine", options.engine.kind() == EngineKind::cpu ? "cpu" : "reference"},
                      {"data",
                       {{"training", std::filesystem::absolute(files.training).string()},
                        {"samples", data.size()},
                        {"spikes", data.units.size()},
                        {"checksum", fingerprint(data)}}}};
  if (files.test) info["data"]["test"] = std::filesystem::absolute(*files.test).string();
  return info;
}

Prepared begin(const Options& options) {
  if (options.model.path.empty())
    throw UserError("a model file is missing: spikegrad train MODEL.toml --data FILE");
  if (options.data.empty())
    throw UserError("--data is missing: must be a data file, or a folder with a *_train.h5");
  Model model = options.model.load(options.common);
  data_settings(model);
  const std::filesystem::path folder =
      options.output.empty()
          ? std::filesystem::path("runs") / std::filesystem::path(options.model.path).stem()
          : std::filesystem::path(options.output);
  RunDirectory::check_no_run(folder);
  DataFiles files = find_data_files(options.data);
  SpikeData data = read_data(files.training, model);
  const EngineSettings engine{options.engine.kind(), options.common.threads};
  DataTrainer(model, data, engine);  // what it refuses is refused before anything is written
  check_memory(estimate_memory(model, data, engine), available_memory());
  auto directory = RunDirectory::create(folder, model, info_of(options, model, files, data));
  return {std::move(directory), std::move(model), std::move(files), std::move(data), engine};
}

Prepared go_on(const Options& options) {
  if (!options.model.path.empty() || !options.output.empty() || options.common.seed ||
      !options.engine.name.empty())
    throw UserError(
        "--resume: goes on with model, seed and engine of the run; MODEL.toml, -o, --seed and "
        "--engine are for new runs");
  for (const std::string& text : options.model.overrides)
    if (!text.starts_with("training.epochs=") && !text.starts_with("training.patience="))
      throw UserError(
          "--set " + text +
          ": a run that goes on takes training.epochs and training.patience alone; the rest stays");
  RunDirectory directory = RunDirectory::open(options.resume);
  directory.check_lock();
  const nlohmann::json& info = directory.info();
  Model model = directory.load_model(options.model.overrides);
  DataFiles files;
  if (!options.data.empty())
    files = find_data_files(options.data);
  else
    files.training = info["data"].value("training", "");
  SpikeData data = read_data(files.training, model);
  if (info["data"].value("checksum", 0u) != fingerprint(data))
    throw UserError(files.training.string() + ": is not the data that " + options.resume + " began with");
  if (info["data"].contains("test")) files.test = info["data"].value("test", "");
  const EngineSettings engine{
      info.value("engine", "cpu") == "reference" ? EngineKind::reference : EngineKind::cpu,
      options.common.threads};
  check_memory(estimate_memory(model, data, engine), available_memory());
  directory.lock();  // not before: the process that reads the data would hold it too, and may outlive a kill
  if (!options.model.overrides.empty()) directory.save_model(model);
  return {std::move(directory), std::move(model), std::move(files), std::move(data), engine};
}

void print_begin(const Prepared& run, const DataTrainer& trainer) {
  const Split& split = trainer.split();
  fmt::print(
      "{}: {} samples of {} classes, {:.0f} spikes each in {} steps of {:g} s; {} train, {} validate\n",
      run.data.source, run.data.size(), run.data.classes(),
      static_cast<double>(run.data.units.size()) / static_cast<double>(run.data.size()), run.data.time.steps,
      run.data.time.dt, split.training.size(), split.validation.size());
  const MemoryEstimate memory = estimate_memory(run.model, run.data, run.engine);
  fmt::print("{} parameters; memory about {:.0f} MB: data {:.0f}, weights {:.0f}, tapes {:.0f}\n",
             run.model.network.parameter_count(), static_cast<double>(memory.total()) / 1e6,
             static_cast<double>(memory.data) / 1e6, static_cast<double>(memory.parameters) / 1e6,
             static_cast<double>(memory.tapes) / 1e6);
}

void print_epoch(const DataEpoch& epoch, std::size_t epochs) {
  fmt::print("epoch {:>{}}/{}  training loss {:.4f} ", epoch.epoch, std::to_string(epochs).size(), epochs,
             epoch.training.loss);
  if (epoch.regularised) fmt::print("penalty {:.4f} ", epoch.training.penalty);
  fmt::print("accuracy {:.4f}", epoch.training.accuracy);
  if (epoch.validated)
    fmt::print("  validation loss {:.4f} accuracy {:.4f}{}", epoch.validation.loss, epoch.validation.accuracy,
               epoch.best ? " *" : "  ");
  fmt::print("  {:.2f} s\n", epoch.seconds);
  std::fflush(stdout);
}

void print_end(const Prepared& run, const DataTrainer& trainer) {
  const TrainingState& state = trainer.state();
  const std::string folder = run.directory.folder().string();
  if (state.epoch == 0)
    fmt::print("0 epochs done; {} holds the weights of the beginning.", folder);
  else if (trainer.split().validation.empty() || run.model.training.select == Selection::last)
    fmt::print("{} epochs done; {} holds the weights of the last.", state.epoch, folder);
  else
    fmt::print("{} epochs done; {} holds the weights of epoch {}: validation loss {:.4f} accuracy {:.4f}.",
               state.epoch, folder, state.best_epoch, state.best_loss, state.best_accuracy);
  fmt::print(" Next: spikegrad evaluate {}{}\n", folder, run.files.test ? "" : " --data FILE");
}

int run(const Options& options) {
  Prepared run = options.resume.empty() ? begin(options) : go_on(options);
  DataTrainer trainer(run.model, run.data, run.engine);
  std::filesystem::path restored;
  if (!options.resume.empty()) {
    if (const auto checkpoint = run.directory.newest()) {
      for (const std::string& why : checkpoint->refused)
        fmt::print(stderr, "spikegrad: {}; going on from the one before it\n", why);
      trainer.restore(checkpoint->archive);
      restored = checkpoint->file;
    }
    run.directory.keep_metrics_until(static_cast<std::size_t>(trainer.state().epoch));
  }
  const bool quiet = options.common.quiet;
  if (!quiet) print_begin(run, trainer);
  TerminalProgress progress(quiet);
  const TrainingState& state = trainer.state();
  const std::size_t epochs = run.model.training.epochs;
  const double epochs_left = static_cast<double>(epochs) - state.epoch;
  progress.start("samples", static_cast<std::size_t>(std::max(0.0, epochs_left)) *
                                    trainer.samples_per_epoch() * run.model.training.trials -
                                static_cast<std::size_t>(state.trials));
  try {
    run_training(trainer, run.directory, run.model.network, restored, options.run, progress,
                 [&](const DataEpoch& epoch) {
                   progress.clear();
                   if (!quiet) print_epoch(epoch, epochs);
                 });
  } catch (const Interrupted&) {
    progress.clear();
    fmt::print(stderr, "spikegrad: saved; spikegrad train --resume {} goes on\n",
               run.directory.folder().string());
    throw;
  }
  progress.clear();
  if (!quiet) print_end(run, trainer);
  return Exit::done;
}

}  // namespace

Command add_train(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* app = program.add_subcommand(
      "train",
      "Train a network on labelled spike trains in the layout of the Spiking Heidelberg Digits.\n"
      "Ctrl-C saves; a run that was stopped in any way goes on with --resume, to the same weights bit by "
      "bit.\n"
      "Example: spikegrad train experiments/digits-recurrent.toml --data DIR -o runs/digits");
  options->model.add_to(*app, false);
  app->add_option("--data", options->data, "Data file, or a folder with a *_train.h5 and perhaps a *_test.h5")
      ->type_name("PATH");
  app->add_option("-o,--output", options->output, "The run's folder (runs/MODEL)")->type_name("RUN");
  app->add_option("--resume", options->resume, "Go on with the run in this folder")->type_name("RUN");
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
