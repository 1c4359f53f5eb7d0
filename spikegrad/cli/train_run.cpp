// SPDX-License-Identifier: Apache-2.0
// One run of spikegrad train: its data and its folder, begun or gone on with, and what is printed of it.
#include "spikegrad/cli/train_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "spikegrad/cli/mpi.hpp"
#include "spikegrad/data/agreement.hpp"
#include "spikegrad/train/saved_run.hpp"
#include "spikegrad/train/series.hpp"

namespace spikegrad::cli {
namespace {

void describe(const TrainOptions& options, const FoundData& found, RunDescription& info) {
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

}  // namespace

TrainingSession::Data FoundData::read(const Model& model) {
  if (!data) data = std::make_shared<SpikeData>(read_training_data(files, model, notes, Isolation::child));
  if (data->validation_samples == 0) files.validation.reset();  // the split has no use for it
  return data;
}

std::filesystem::path folder_of(const TrainOptions& options) {
  if (!options.output.empty()) return options.output;
  return std::filesystem::path("runs") / std::filesystem::path(options.model.path).stem();
}

void check_new(const std::filesystem::path& folder) {
  RunDirectory::check_no_run(folder);
  if (is_series(folder))
    throw UserError(folder.string() + ": holds a series of runs already; --resume " + folder.string() +
                    " goes on with it, -o OTHER begins a new one");
}

Model load_new(const TrainOptions& options) {
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

TrainingSession begin_run(const TrainOptions& options, FoundData& found) {
  Model model = load_new(options);
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

void refuse_new(const TrainOptions& options) {
  if (!options.model.path.empty() || !options.output.empty() || options.common.seed ||
      !options.start_from.empty())
    throw UserError(
        "--resume: goes on with model, seed and weights of the run; MODEL.toml, -o, --seed and "
        "--start-from are for new runs");
}

TrainingSession resume_run(const TrainOptions& options, FoundData& found) {
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

int train_to_end(const TrainOptions& options, TrainingSession run, FoundData& found,
                 const std::string& again) {
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

}  // namespace spikegrad::cli
