// SPDX-License-Identifier: Apache-2.0
// A training run with all that it refers to (model, data, trainer, folder), new or gone on with. Where the engine's
// settings have ranks, each of them has a session; the first alone writes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/train/run.hpp"
#include "spikegrad/train/run_directory.hpp"
#include "spikegrad/train/trainer.hpp"

namespace spikegrad {

class TrainingSession {
 public:
  /// The data of a run; null where the model has an input of its own.
  using Data = std::shared_ptr<const SpikeData>;
  /// The data that a run goes on with, from what it says of those it began with.
  using FindData = std::function<Data(const Model&, const RunData&)>;

  /// A new run. `folder`: where it is kept; empty: nowhere. `describe` adds to run.json what the caller knows.
  /// What is refused is refused before anything is written. Throws UserError where ranks do not begin alike.
  static TrainingSession begin(Model model, Data data, const EngineSettings& engine,
                               const std::filesystem::path& folder,
                               const std::function<void(RunDescription&)>& describe = {});

  /// Goes on with the run of a folder. `overrides`: of the training settings that its state and draws are not
  /// made of (epochs, patience, learning rates and their schedule, gradient_clip). `engine`: null keeps the
  /// run's own. `keep`: from here on these epochs' states stay; null: as the run began. Throws UserError where the
  /// data are not those that it began with, or ranks do not go on alike.
  static TrainingSession resume(const std::filesystem::path& folder, std::span<const std::string> overrides,
                                unsigned threads, const FindData& find_data,
                                std::optional<EngineKind> engine = {},
                                const std::optional<std::vector<std::size_t>>& keep = {},
                                Ranks* ranks = nullptr);

  /// Trains to the end. Throws Interrupted after saving, and NotFinite, which says whose weights are kept.
  void run(const RunSettings& settings, Progress& progress,
           const std::function<void(const EpochMetrics&)>& on_epoch);

  const Model& model() const { return *model_; }
  const SpikeData* data() const { return data_.get(); }
  Trainer& trainer() { return *trainer_; }
  const Trainer& trainer() const { return *trainer_; }
  /// Of the run; null where it is kept nowhere, or by another rank.
  const RunDirectory* directory() const { return directory_ ? &*directory_ : nullptr; }
  /// Why newer checkpoints than the one gone on from were not taken, one line each.
  const std::vector<std::string>& refused() const { return refused_; }
  /// Whose weights the run keeps, after its first epoch: "the weights of epoch 3, validation loss …".
  std::string kept() const;

 private:
  TrainingSession(Model model, EngineSettings engine);
  void set_data(Data data);
  void make_trainer();
  /// Throws UserError where another rank has another model, other data or another state.
  void check_ranks();

  std::unique_ptr<Model> model_;  ///< at one place, however the session is moved
  EngineSettings engine_;
  Data data_;
  std::unique_ptr<Task> task_;
  std::unique_ptr<Trainer> trainer_;
  std::optional<RunDirectory> directory_;
  std::filesystem::path restored_;
  std::vector<std::string> refused_;
};

}  // namespace spikegrad
