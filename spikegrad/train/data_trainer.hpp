// SPDX-License-Identifier: Apache-2.0
// Training on a data set: epochs of batches, one update a batch, and the best epoch by the validation
// samples.
//
// All that happens is a function of the model, the data and the state: draws are keyed by (epoch, sample),
// the order of an epoch's samples by (seed, epoch). So a run that goes on from a saved state ends with the
// weights of one that was never interrupted, bit by bit, whatever the number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/data/split.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/train/archive.hpp"
#include "spikegrad/train/batch_engine.hpp"
#include "spikegrad/train/batch_estimator.hpp"
#include "spikegrad/train/parameter_updater.hpp"

namespace spikegrad {

struct EngineSettings {
  EngineKind kind = EngineKind::cpu;
  unsigned threads = 0;  ///< 0: all
};

/// Means over samples.
struct SampleMetrics {
  double loss = 0.0, accuracy = 0.0;  ///< the loss without penalties
  double penalty = 0.0;               ///< of the regularisers; 0 where it is not measured: in validation
};

struct DataEpoch {
  std::size_t epoch = 0;   ///< 1 for the first
  SampleMetrics training;  ///< before each sample's update
  SampleMetrics validation;
  bool validated = false;
  bool regularised = false;    ///< has the model penalties?
  bool best = false;           ///< of all epochs so far
  double learning_rate = 0.0;  ///< factor of the rates, in the last update
  double gradient_norm = 0.0;  ///< mean over updates, before clipping
  std::vector<double> rates;   ///< [populations] mean output per unit and second: Hz, for spikes
  double seconds = 0.0;
};

/// Numbers of a run that a checkpoint holds beside the arrays; whole numbers are exact below 2^53.
struct TrainingState {
  double epoch = 0;                                       ///< epochs done
  double update = 0;                                      ///< updates done in the epoch at hand
  double trials = 0, loss = 0, penalty = 0, correct = 0;  ///< sums over the epoch at hand
  double gradient_norm = 0, seconds = 0;                  ///< the same
  double factor = 1;                                      ///< of the schedule "plateau"
  double best_epoch = 0, best_loss = 0, best_accuracy = 0;
  double stale = 0;                          ///< epochs since the best
  double baseline = 0, baseline_trials = 0;  ///< running mean of the loss with its penalty

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
    visit("baseline", self.baseline);
    visit("baseline_trials", self.baseline_trials);
  }
};

/// Throws UserError where the data's channels, steps or classes do not fit the model.
void check_fit(const Model& model, const SpikeData& data);

/// The samples that train and validate by the model's [training] validation and split.
Split split_for(const Model& model, const SpikeData& data);

/// The weights to keep of a saved state: of the best epoch where validation selects, else the present ones.
/// Throws UserError where the archive is not of this model.
std::vector<double> chosen_parameters(const Model& model, const Archive& archive);

class DataTrainer {
 public:
  /// Model and data must outlive it. Throws UserError for settings that do not fit each other or the data.
  DataTrainer(const Model& model, const SpikeData& data, const EngineSettings& settings);

  bool finished() const;        ///< all epochs done, or patience at its end
  bool epoch_complete() const;  ///< all updates of the epoch done: close_epoch() is next
  /// One update. Throws UserError, with nothing changed, where the gradient is not finite.
  void update();
  /// Validates, picks the best, begins the next epoch. An interrupt leaves everything as it was.
  DataEpoch close_epoch(Progress& progress);

  const TrainingState& state() const { return state_; }
  std::size_t updates_per_epoch() const;
  std::size_t samples_per_epoch() const { return split_.training.size(); }
  const Split& split() const { return split_; }
  std::span<const double> parameters() const { return parameters_; }

  /// All that it knows beyond model and data, and back. restore() throws UserError where names or sizes are
  /// not those of this model.
  Archive save();
  void restore(const Archive& archive);

 private:
  /// The training samples of one update, varied where the model says so.
  std::vector<LabelledSample> varied(std::span<const std::uint32_t> which);
  std::vector<LabelledSample> samples(std::span<const std::uint32_t> which, std::uint32_t offset,
                                      std::size_t trial, std::size_t trials) const;
  void shuffle();
  SampleMetrics validate(Progress& progress);
  /// visit(name, shape, span) for every array of a checkpoint.
  template <class Visitor>
  void for_each_array(Visitor&& visit);

  const Model& model_;
  const SpikeData& data_;
  Split split_;
  BatchEstimator estimator_;
  std::unique_ptr<BatchEngine> engine_, judge_;
  ParameterUpdater updater_;
  TrainingState state_;
  std::vector<double> parameters_, best_, gradient_, activity_;
  std::vector<std::uint32_t> order_;  ///< of the epoch at hand
  std::vector<SampleOutcome> outcomes_;
  std::vector<AugmentedSample> augmented_;
  unsigned threads_;
  ActivityTable table_;
};

}  // namespace spikegrad
