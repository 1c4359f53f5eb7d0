// SPDX-License-Identifier: Apache-2.0
// Training on a task: epochs of batches, one update a batch, and the best epoch by the validation samples.
//
// All that happens is a function of the model, the task and the state: draws are keyed by (epoch, sample),
// the order of an epoch's samples by (seed, epoch). So a run that goes on from a saved state ends with the
// weights of one that was never interrupted, bit by bit, whatever the number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/train/archive.hpp"
#include "spikegrad/train/memory.hpp"
#include "spikegrad/train/metrics.hpp"
#include "spikegrad/train/task.hpp"

namespace spikegrad {

class ParameterUpdater;

/// Numbers of a run that a checkpoint holds beside the arrays; whole numbers are exact below 2^53.
struct TrainingState {
  double epoch = 0;                                       ///< epochs done
  double update = 0;                                      ///< updates done in the current epoch
  double trials = 0, loss = 0, penalty = 0, correct = 0;  ///< sums over the current epoch
  double gradient_norm = 0, seconds = 0;                  ///< the same
  double factor = 1;                                      ///< of the schedule "plateau"
  double best_epoch = 0, best_loss = 0, best_accuracy = 0;
  double stale = 0;  ///< epochs since the best

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("epoch", self.epoch);
    visit("update", self.update);
    visit("trials", self.trials);
    visit("loss", self.loss);
    visit("penalty", self.penalty);
    visit("correct", self.correct);
    visit("gradient_norm", self.gradient_norm);
    visit("seconds", self.seconds);
    visit("factor", self.factor);
    visit("best_epoch", self.best_epoch);
    visit("best_loss", self.best_loss);
    visit("best_accuracy", self.best_accuracy);
    visit("stale", self.stale);
  }
};

/// Do validation samples choose the weights that a run of this model ends with, or is it the last epoch?
SPIKEGRAD_EXPORT bool selects(const Model& model);

/// The weights to keep of a saved state: of the best epoch where validation selects, else the present ones.
/// Throws UserError where the archive is not of this model.
SPIKEGRAD_EXPORT std::vector<double> chosen_parameters(const Model& model, const Archive& archive);
/// The present ones.
SPIKEGRAD_EXPORT std::vector<double> present_parameters(const Model& model, const Archive& archive);
/// Whose weights the chosen ones are; 0: of none, the beginning.
SPIKEGRAD_EXPORT std::size_t kept_epoch(const Model& model, const Archive& archive);

class SPIKEGRAD_EXPORT Trainer {
 public:
  /// Model and task must outlive it. Throws UserError for settings that do not fit each other or the task, an
  /// estimator that refuses the model's objective among them.
  /// `own`: an estimator that is not of the registry, in place of the one that [training] names.
  Trainer(const Model& model, Task& task, const EngineSettings& settings = {},
          const EstimatorInfo* own = nullptr);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  ~Trainer();

  bool finished() const;        ///< all epochs done, or patience at its end
  bool epoch_complete() const;  ///< all updates of the epoch done: close_epoch() is next
  /// One update. Throws NotFinite, with nothing changed, where the gradient or the loss is not finite.
  void update();
  /// Validates, picks the best, begins the next epoch. An interrupt leaves everything as it was.
  EpochMetrics close_epoch(Progress& progress);
  /// All updates of an epoch, and its close. Reports each update's trials. An interrupt leaves a state that
  /// goes on.
  EpochMetrics epoch(Progress& progress);

  const TrainingState& state() const { return state_; }
  std::size_t updates_per_epoch() const;
  std::size_t trials_per_epoch() const { return split_.training.size() * trials_; }
  const Split& split() const { return split_; }
  std::span<const double> parameters() const { return parameters_; }
  /// The weights that are judged and kept: the present ones, or their average where [training] has one.
  std::span<const double> judged_parameters() const { return average_.empty() ? parameters_ : average_; }
  /// Of the best epoch where validation selects, else those that are judged now.
  std::span<const double> best_parameters() const;
  /// What is known beforehand of settings without effect and of parameters that will not learn, one line
  /// each: no gradient from this
  /// estimator, a rate of 0, a population without a spike in the first batch (which is run, forward).
  std::vector<std::string> warnings();
  /// What training takes, as the engine and the estimator say.
  MemoryEstimate memory() const;

  /// All that it knows beyond model and task, and back. restore() throws UserError where names or sizes are
  /// not those of this model.
  Archive save();
  void restore(const Archive& archive);

 private:
  /// The samples of one update, varied where the model says so.
  std::vector<Sample> training_batch(std::span<const std::uint32_t> which);
  std::vector<Sample> samples(std::span<const std::uint32_t> which, std::uint32_t offset,
                              std::size_t trials) const;
  void shuffle();
  void average_parameters();
  SampleMetrics validate(Progress& progress);
  /// visit(name, shape, span) for every array of a checkpoint.
  template <class Visitor>
  void for_each_array(Visitor&& visit);

  const Model& model_;
  Task& task_;
  Split split_;
  EngineKind kind_;
  const EstimatorInfo& info_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Estimator> estimator_;
  std::unique_ptr<Pass> judge_;  ///< forward alone
  std::unique_ptr<ParameterUpdater> updater_;
  TrainingState state_;
  std::size_t trials_;  ///< of a sample in an update
  std::vector<double> parameters_, best_, gradient_, activity_;
  std::vector<double> average_;       ///< empty where the model asks for none
  std::vector<std::uint32_t> order_;  ///< of the current epoch
  std::vector<SampleOutcome> outcomes_;
  ActivityTable table_;
};

}  // namespace spikegrad
