// SPDX-License-Identifier: Apache-2.0
// spikegrad train: a network on a data set, or on the input of its model file, into a run's folder that an
// interrupt or a crash leaves whole.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include "spikegrad/cli/engine_option.hpp"
#include "spikegrad/cli/mpi.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/data/agreement.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/saved_run.hpp"
#include "spikegrad/train/series.hpp"
#include "spikegrad/train/session.hpp"

namespace spikegrad::cli {
namespace {

struct Options {
  Common common;
  ModelOptions model;
  EngineOption engine;
  std::string data, output, resume, start_from, folds;
  std::vector<std::string> seeds;
  std::optional<std::vector<std::size_t>> keep;
  RunSettings run;
};

/// The data of a run: where they were found, and what is to be said of them.
struct Found {
  DataFiles files;
  std::vector<std::string> notes;
  TrainingSession::Data data = nullptr;  ///< once read; the runs of a series share it

  TrainingSession::Data read(const Model& model) {
    if (!data) data = std::make_shared<SpikeData>(read_training_data(files, model, notes, Isolation::child));
    if (data->validation_samples == 0) files.validation.reset();  // the split has no use for it
    return data;
  }
};

void describe(const Options& options, const Found& found, RunDescription& info) {
  info.model = options.model.path;
  info.set = options.model.overrides;
  info.command = *options.common.line;
  info.threads = threads_used(options.common);
  info.start_from = options.start_from;
  if (options.keep) info.keep_checkpoints = *options.keep;
  if (!info.data) return;
  const auto text = [](const std::filesystem::path& path) {
    return std::filesystem::absolute(path).string();
  };
  info.data->training = text(found.files.training);
  if (found.files.validation) info.data->validation = text(*found.files.validation);
  if (found.files.test) info.data->test = text(*found.files.test);
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

std::filesystem::path folder_of(const Options& options) {
  if (!options.output.empty()) return options.output;
  return std::filesystem::path("runs") / std::filesystem::path(options.model.path).stem();
}

/// A run, or a series of runs, begins in a folder that holds neither.
void check_new(const std::filesystem::path& folder) {
  RunDirectory::check_no_run(folder);
  if (is_series(folder))
    throw UserError(folder.string() + ": holds a series of runs already; --resume " + folder.string() +
                    " goes on with it, -o OTHER begins a new one");
}

/// The model of a new run, if what it needs is given.
Model load_for_run(const Options& options) {
  if (options.model.path.empty())
    throw UserError(
        "a model file is missing: spikegrad train MODEL.toml, and --data FILE where it needs data");
  Model model = options.model.load(options.common);
  if (model.data && options.data.empty())
    throw UserError("--data is missing: must be a data file, or a folder with a *_train.h5");
  if (!model.data && !options.data.empty())
    throw UserError(options.model.path +
                    ": has an input of its own, so --data is of no use; [input] kind = \"data\" takes one");
  return model;
}

TrainingSession begin(const Options& options, Found& found) {
  Model model = load_for_run(options);
  const std::filesystem::path folder = folder_of(options);
  if (is_first(ranks())) check_new(folder);  // before data are read, which takes its time
  TrainingSession::Data data;
  if (model.data) {
    found.files = find_data_files(options.data);
    data = found.read(model);
  }
  if (!options.start_from.empty()) model.parameters = weights_of(options.start_from, model);
  return TrainingSession::begin(std::move(model), std::move(data),
                                options.common.engine(options.engine.kind()), folder,
                                [&](RunDescription& info) { describe(options, found, info); });
}

/// What would begin a run, where one goes on.
void refuse_new(const Options& options) {
  if (!options.model.path.empty() || !options.output.empty() || options.common.seed ||
      !options.start_from.empty())
    throw UserError(
        "--resume: goes on with model, seed and weights of the run; MODEL.toml, -o, --seed and "
        "--start-from are for new runs");
}

TrainingSession go_on(const Options& options, Found& found) {
  refuse_new(options);
  const auto find_data = [&](const Model& model, const RunData& given) -> TrainingSession::Data {
    if (!model.data && !options.data.empty())
      throw UserError("--data " + options.data +
                      ": the run has no data set, its model has an input of its own");
    if (!model.data) return nullptr;
    if (!options.data.empty())
      found.files = find_data_files(options.data);
    else
      found.files = {given.training, std::filesystem::path(given.validation), std::nullopt};
    if (given.validation.empty()) found.files.validation.reset();
    if (!given.test.empty()) found.files.test = given.test;
    return found.read(model);
  };
  std::optional<EngineKind> engine;
  if (!options.engine.name.empty()) engine = options.engine.kind();
  const EngineSettings settings = options.common.engine(EngineKind::cpu);
  return TrainingSession::resume(options.resume, options.model.overrides, settings.threads, find_data, engine,
                                 options.keep, settings.ranks);
}

void print_begin(const TrainingSession& run) {
  const Trainer& trainer = run.trainer();
  const Network& network = run.model().network;
  if (const SpikeData* data = run.data()) {
    fmt::print(
        "{}: {} samples of {} classes, {:.0f} spikes each in {} steps of {:g} s; {} train, {} validate\n{}\n",
        data->source, data->size(), data->classes(),
        static_cast<double>(data->units.size()) / static_cast<double>(data->size()), data->time.steps,
        data->time.dt, trainer.split().training.size(), trainer.split().validation.size(),
        describe_counts(*data));
  } else {
    fmt::print("{}: one input of {} steps of {:g} s; an update is the mean of {} trials\n",
               run.model().source, network.steps(), network.time().dt, trainer.trials_per_epoch());
  }
  const MemoryEstimate memory = trainer.memory();
  fmt::print("{} parameters; memory about {:.0f} MB: data {:.0f}, weights {:.0f}, tapes {:.0f}\n",
             network.parameter_count(), static_cast<double>(memory.total()) / 1e6,
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

bool is_printed(const TrainingSession& run, const EpochMetrics& epoch) {
  const std::size_t epochs = run.model().training.epochs;
  const std::size_t every = run.data() ? 1 : std::max<std::size_t>(1, epochs / printed_epochs);
  return epoch.epoch % every == 0 || epoch.epoch == 1 || epoch.epoch == epochs;
}

void print_end(const TrainingSession& run, bool tested) {
  const TrainingState& state = run.trainer().state();
  const std::string folder = run.directory()->folder().string();
  if (state.epoch == 0)
    fmt::print("0 epochs done; {} holds the weights of the beginning.", folder);
  else
    fmt::print("{} epoch{} done; {} holds {}.", state.epoch, state.epoch == 1 ? "" : "s", folder, run.kept());
  fmt::print(" Next: spikegrad evaluate {}{}\n", shell_word(folder),
             tested || !run.data() ? "" : " --data FILE");
}

/// Trains to the end. `again`: what --resume takes to go on.
int train(const Options& options, TrainingSession run, Found& found, const std::string& again) {
  for (const std::string& why : run.refused())
    fmt::print(stderr, "spikegrad: {}; going on from the one before it\n", why);
  const bool quiet = options.common.quiet || !is_first(ranks());
  if (!quiet) print_begin(run);
  for (const std::string& text : found.notes) warn(text);
  found.notes.clear();
  for (const std::string& text : run.trainer().warnings()) warn(text);
  TerminalProgress progress(quiet);
  try {
    run.run(options.run, progress, [&](const EpochMetrics& epoch) {
      if (epoch.epoch == 1 && epoch.gradient_norm == 0.0) {
        progress.clear();
        warn("the gradient was 0 in all of epoch 1: no parameter has moved");
      }
      if (quiet || !is_printed(run, epoch)) return;
      progress.clear();
      print_epoch(epoch, run.model().training.epochs);
    });
  } catch (const Interrupted&) {
    progress.clear();
    fmt::print(stderr, "spikegrad: saved; spikegrad train --resume {} goes on\n", shell_word(again));
    throw;
  } catch (const NotFinite&) {
    progress.clear();
    throw;
  }
  progress.clear();
  const std::string work = describe_work();
  if (quiet) return Exit::done;
  if (!work.empty()) fmt::print("{}\n", work);
  print_end(run, found.files.test.has_value());
  return Exit::done;
}

/// All runs of a series are made before the first one trains: what is refused is refused then, and --resume finds
/// whole runs only.
void begin_series(const Options& options, Found& found) {
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
  Options base = options;
  if (!options.folds.empty()) base.model.overrides.emplace_back("training.split=speakers");  // not a file
  const Model model = load_for_run(base);
  if (model.data) {
    found.files = find_data_files(options.data);
    found.read(model);
  }
  const std::vector<SeriesRun> runs = plan_series(model, found.data.get(), !options.folds.empty(), seeds);
  const std::filesystem::path folder = folder_of(options);
  if (is_first(ranks())) check_new(folder);
  for (const SeriesRun& run : runs) {
    Options one = options;
    one.output = (folder / run.name).string();
    for (std::string& change : overrides_of(run)) one.model.overrides.push_back(std::move(change));
    begin(one, found);
  }
  if (is_first(ranks())) write_series(folder, runs);
  if (ranks()) ranks()->any(false);  // all wait until it is there
}

int run_series(const Options& options) {
  Found found;
  if (options.resume.empty()) begin_series(options, found);
  const std::string folder = options.resume.empty() ? folder_of(options).string() : options.resume;
  if (!options.resume.empty()) refuse_new(options);
  Options one = options;
  one.common.seed.reset();
  one.model.path.clear();
  one.output.clear();
  one.start_from.clear();
  if (options.resume.empty()) one.model.overrides.clear();  // the runs have them
  for (const SeriesRun& run : read_series(folder)) {
    one.resume = (std::filesystem::path(folder) / run.name).string();
    if (!options.common.quiet) fmt::print("\n{}\n", run.name);
    train(one, go_on(one, found), found, folder);
  }
  if (!is_first(ranks())) return Exit::done;
  const SeriesSummary summary = summarise_series(folder);
  if (summary.runs.empty()) return Exit::done;  // 0 epochs were asked for
  write_file(std::filesystem::path(folder) / "series.json", to_json(summary) + "\n");
  fmt::print("\n{}\n", describe(summary));
  return Exit::done;
}

int run(const Options& options) {
  const bool asked = !options.folds.empty() || !options.seeds.empty();
  if (asked || (!options.resume.empty() && is_series(options.resume))) {
    if (asked && !options.resume.empty())
      throw UserError("--resume: goes on with the runs of the series; --folds and --seeds are for new ones");
    return run_series(options);
  }
  Found found;
  TrainingSession run = options.resume.empty() ? begin(options, found) : go_on(options, found);
  const std::string folder = options.resume.empty() ? folder_of(options).string() : options.resume;
  return train(options, std::move(run), found, folder);
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
