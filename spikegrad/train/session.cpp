// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/crc.hpp>
#include <string_view>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/ranks.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/problem_task.hpp"

namespace spikegrad {

namespace {

std::uint32_t checksum(const std::string& text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return crc.checksum();
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

void TrainingSession::check_ranks() {
  Ranks* ranks = engine_.ranks;
  if (!ranks) return;
  struct Beginning {
    std::uint32_t model = 0, state = 0, data = 0;
    bool operator==(const Beginning&) const = default;
  };
  std::vector<Beginning> all(ranks->count());
  all[ranks->rank()] = {checksum(to_toml(*model_)), checksum(to_bytes(trainer_->save())),
                        data_ ? fingerprint(*data_) : 0};
  ranks->gather(std::as_writable_bytes(std::span(all)),
                std::vector<std::size_t>(all.size(), sizeof(Beginning)));
  for (std::size_t r = 1; r < all.size(); ++r)
    if (!(all[r] == all[0]))
      throw UserError(fmt::format("{}: process {} of {} has {} than process 0: all must read the same files",
                                  model_->source, r, all.size(),
                                  all[r].model != all[0].model ? "another model"
                                  : all[r].data != all[0].data ? "other data"
                                                               : "other weights to begin with"));
}

TrainingSession TrainingSession::begin(Model model, Data data, const EngineSettings& engine,
                                       const std::filesystem::path& folder,
                                       const std::function<void(RunDescription&)>& describe) {
  const bool kept = !folder.empty() && is_first(engine.ranks);
  if (kept) RunDirectory::check_no_run(folder);
  TrainingSession session(std::move(model), engine);
  session.set_data(std::move(data));
  session.make_trainer();
  session.check_ranks();
  if (!kept) return session;
  RunDescription info = describe_run(*session.model_, engine.kind, session.data_.get());
  info.selection = selection_text(*session.model_, session.trainer_->split(), session.data_.get());
  if (describe) describe(info);
  session.directory_ = RunDirectory::create(folder, *session.model_, std::move(info));
  return session;
}

TrainingSession TrainingSession::resume(const std::filesystem::path& folder,
                                        std::span<const std::string> overrides, unsigned threads,
                                        const FindData& find_data, std::optional<EngineKind> engine,
                                        const std::optional<std::vector<std::size_t>>& keep, Ranks* ranks) {
  for (const std::string& text : overrides) check_resumed(text);
  RunDirectory directory = RunDirectory::open(folder);
  const bool first = is_first(ranks);
  if (first) directory.check_lock();
  TrainingSession session(directory.load_model(overrides),
                          {engine.value_or(directory.info().engine), threads, ranks});
  const RunData given = directory.info().data.value_or(RunData{});
  session.set_data(find_data(*session.model_, given));
  if (session.data_ && given.checksum != fingerprint(*session.data_))
    throw UserError(session.data_->source + ": is not the data that " + folder.string() + " began with");
  session.make_trainer();
  if (first)
    directory.lock();  // not before: a process that reads the data would hold it too, and may outlive a kill
  if (first && (!overrides.empty() || session.engine_.kind != directory.info().engine))
    directory.change(*session.model_, session.engine_.kind);
  if (const auto checkpoint = directory.newest()) {
    session.trainer_->restore(checkpoint->archive);
    session.restored_ = checkpoint->file;
    session.refused_ = checkpoint->refused;
  }
  session.check_ranks();  // all have read the checkpoint before the first goes on and drops it
  if (!first) return session;
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
  JointProgress joint(progress, engine_.ranks);
  joint.start(data_ ? "samples" : "trials", static_cast<std::size_t>(left) * trainer_->trials_per_epoch() -
                                                static_cast<std::size_t>(state.trials));
  try {
    if (directory_)
      run_training(*trainer_, *directory_, model_->network, restored_, settings, joint, on_epoch);
    else
      while (!trainer_->finished()) on_epoch(trainer_->epoch(joint));
  } catch (const NotFinite& error) {
    if (!directory_ || (state.epoch == 0 && state.update == 0)) throw;
    throw NotFinite(fmt::format("{}; {} keeps what was learned before: {}", error.what(),
                                directory_->folder().string(), kept()));
  }
}

}  // namespace spikegrad
