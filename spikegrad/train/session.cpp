// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "spikegrad/core/error.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/problem_task.hpp"

namespace spikegrad {

namespace {

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

}  // namespace

TrainingSession::TrainingSession(Model model, EngineSettings engine)
    : model_(std::make_unique<Model>(std::move(model))), engine_(engine) {}

void TrainingSession::set_data(Data data) {
  if (model_->data && !data)
    throw UserError(model_->source + ": its input is a data set, so data are needed");
  if (!model_->data && data)
    throw UserError(model_->source +
                    ": has an input of its own, so data are of no use; [input] kind = \"data\" takes some");
  data_ = std::move(data);
}

void TrainingSession::make_trainer() {
  if (data_)
    task_ = std::make_unique<DataTask>(*model_, *data_, engine_.threads);
  else
    task_ = std::make_unique<ProblemTask>(*model_);
  trainer_ = std::make_unique<Trainer>(*model_, *task_, engine_);
  check_memory(trainer_->memory(), available_memory());
}

TrainingSession TrainingSession::begin(Model model, Data data, const EngineSettings& engine,
                                       const std::filesystem::path& folder,
                                       const std::function<void(RunDescription&)>& describe) {
  if (!folder.empty()) RunDirectory::check_no_run(folder);
  TrainingSession session(std::move(model), engine);
  session.set_data(std::move(data));
  session.make_trainer();
  if (folder.empty()) return session;
  RunDescription info = describe_run(*session.model_, engine.kind, session.data_.get());
  if (describe) describe(info);
  session.directory_ = RunDirectory::create(folder, *session.model_, std::move(info));
  return session;
}

TrainingSession TrainingSession::resume(const std::filesystem::path& folder,
                                        std::span<const std::string> overrides, unsigned threads,
                                        const FindData& find_data, std::optional<EngineKind> engine,
                                        const std::optional<std::vector<std::size_t>>& keep) {
  for (const std::string& text : overrides) check_resumed(text);
  RunDirectory directory = RunDirectory::open(folder);
  directory.check_lock();
  TrainingSession session(directory.load_model(overrides),
                          {engine.value_or(directory.info().engine), threads});
  const RunData given = directory.info().data.value_or(RunData{});
  session.set_data(find_data(*session.model_, given));
  if (session.data_ && given.checksum != fingerprint(*session.data_))
    throw UserError(session.data_->source + ": is not the data that " + folder.string() + " began with");
  session.make_trainer();
  directory.lock();  // not before: a process that reads the data would hold it too, and may outlive a kill
  if (!overrides.empty() || session.engine_.kind != directory.info().engine)
    directory.change(*session.model_, session.engine_.kind);
  if (const auto checkpoint = directory.newest()) {
    session.trainer_->restore(checkpoint->archive);
    session.restored_ = checkpoint->file;
    session.refused_ = checkpoint->refused;
  }
  const auto epochs = static_cast<std::size_t>(session.trainer_->state().epoch);
  directory.keep_metrics_until(epochs);
  directory.drop_kept_after(epochs);
  if (keep) directory.set_kept(*keep);
  session.directory_ = std::move(directory);
  return session;
}

std::string TrainingSession::kept() const {
  const TrainingState& state = trainer_->state();
  if (!selects(*model_) || trainer_->split().validation.empty())
    return fmt::format("the weights of the last of {} epochs", state.epoch);
  if (state.best_epoch == 0) return "the weights of the beginning of epoch 1";
  return fmt::format("the weights of epoch {}, validation loss {:.4f} accuracy {:.4f}", state.best_epoch,
                     state.best_loss, state.best_accuracy);
}

void TrainingSession::run(const RunSettings& settings, Progress& progress,
                          const std::function<void(const EpochMetrics&)>& on_epoch) {
  const TrainingState& state = trainer_->state();
  const double left = std::max(0.0, static_cast<double>(model_->training.epochs) - state.epoch);
  progress.start(data_ ? "samples" : "trials", static_cast<std::size_t>(left) * trainer_->trials_per_epoch() -
                                                   static_cast<std::size_t>(state.trials));
  try {
    if (directory_)
      run_training(*trainer_, *directory_, model_->network, restored_, settings, progress, on_epoch);
    else
      while (!trainer_->finished()) on_epoch(trainer_->epoch(progress));
  } catch (const NotFinite& error) {
    if (!directory_ || (state.epoch == 0 && state.update == 0)) throw;
    throw NotFinite(fmt::format("{}; {} keeps what was learned before: {}", error.what(),
                                directory_->folder().string(), kept()));
  }
}

}  // namespace spikegrad
