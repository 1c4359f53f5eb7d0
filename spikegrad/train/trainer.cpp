// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "spikegrad/core/check_fields.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/train/learning.hpp"
#include "spikegrad/train/overflow.hpp"
#include "spikegrad/train/parameter_updater.hpp"
#include "spikegrad/train/schedule.hpp"
#include "spikegrad/train/unused_settings.hpp"

namespace spikegrad {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t validation_samples = 0x8000'0000u;  ///< added to a sample's number in its draws
constexpr std::size_t validation_chunk = 256;               ///< samples between looks at an interrupt

bool is_right(const Sample& sample, const SampleOutcome& outcome) {
  return outcome.prediction == label_of(*sample.loss);
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

bool selects(const Model& model) {
  return model.data && model.training.validation > 0.0 && model.training.select != Selection::last;
}

namespace {

void check_training(const Model& model) {
  const std::string where = model.source + ": [training] ";
  check_fields(model.training, where);
  check_fields(model.estimator, model.source + ": [estimator] ");
  check_fields(model.augmentation, model.source + ": [augmentation] ");
  if (model.augmentation.channel_gain > AugmentationSettings::most_gain)
    throw UserError(fmt::format("{}: [augmentation] channel_gain must be at most {}", model.source,
                                AugmentationSettings::most_gain));
  if (!model.data) return;
  const auto check_warp = [&](const char* name, double warp, double whole, const char* of) {
    if (warp > most_warp * whole)
      throw UserError(fmt::format("{}: [augmentation] {} must be at most an eighth of the {}, {:g}",
                                  model.source, name, of, most_warp * whole));
  };
  check_warp("channel_warp", model.augmentation.channel_warp,
             static_cast<double>(model.network.populations()[model.data->population].size()), "channels");
  check_warp("time_warp", model.augmentation.time_warp,
             static_cast<double>(model.network.steps()) * model.network.time().dt, "run");
}

/// A task may be the caller's own.
void check_split(const Split& split, const Task& task) {
  if (split.training.empty()) throw UserError(task.source() + ": has no samples to train on");
  for (const auto* part : {&split.training, &split.validation})
    for (const std::uint32_t i : *part)
      if (i >= task.size())
        throw UserError(fmt::format("{}: its split names sample {}, of {}", task.source(), i, task.size()));
}

}  // namespace

Trainer::Trainer(const Model& model, Task& task, const EngineSettings& settings, const EstimatorInfo* own)
    : model_(model),
      task_(task),
      kind_(settings.kind),
      info_(own ? *own : find_estimator(model.training.estimator)),
      engine_(make_engine(model.objective(), settings)),
      judge_(engine_->prepare({})),
      updater_(std::make_unique<ParameterUpdater>(model.network, model.training)),
      parameters_(model.parameters),
      best_(model.parameters),
      gradient_(model.parameters.size()),
      activity_(model.network.populations().size()),
      average_(model.training.average > 0.0 ? model.parameters : std::vector<double>{}) {
  check_training(model);
  estimator_ = make_estimator(info_, model.estimator, *engine_, model.source + ": [training]");
  check_learning(model, info_);
  trials_ = is_random(model, info_) ? model.training.trials : 1;
  if (parameters_.size() != model.network.parameter_count() ||
      !std::all_of(parameters_.begin(), parameters_.end(), [](double w) { return std::isfinite(w); }))
    throw UserError(model.source + ": the model's parameters must be as many as its network has, and finite");
  split_ = task.split();
  check_split(split_, task);
  shuffle();
}

Trainer::~Trainer() = default;

std::size_t Trainer::updates_per_epoch() const {
  return (split_.training.size() + model_.training.batch - 1) / model_.training.batch;
}

bool Trainer::finished() const {
  const TrainingSettings& training = model_.training;
  return state_.epoch >= static_cast<double>(training.epochs) ||
         (training.patience > 0 && state_.stale >= static_cast<double>(training.patience));
}

bool Trainer::epoch_complete() const {
  return state_.update >= static_cast<double>(updates_per_epoch());
}

std::size_t kept_epoch(const Model& model, const Archive& archive) {
  return static_cast<std::size_t>(
      archive.find(selects(model) ? "state/best_epoch" : "state/epoch").values.at(0));
}

namespace {

std::vector<double> parameters_of(const std::string& group, const Model& model, const Archive& archive) {
  std::vector<double> parameters;
  for (const ParameterBlock& block : model.network.blocks()) {
    const NamedArray& array = archive.find(group + "/" + block.name);
    if (array.shape != block.shape)
      throw UserError("checkpoint: '" + array.name + "' has another shape than in " + model.source);
    parameters.insert(parameters.end(), array.values.begin(), array.values.end());
  }
  return parameters;
}

}  // namespace

std::vector<double> chosen_parameters(const Model& model, const Archive& archive) {
  const bool best = selects(model) && archive.find("state/best_epoch").values[0] > 0.0;
  return parameters_of(best                           ? "best"
                       : model.training.average > 0.0 ? "average"
                                                      : "parameters",
                       model, archive);
}

std::vector<double> present_parameters(const Model& model, const Archive& archive) {
  return parameters_of("parameters", model, archive);
}

/// Fisher & Yates, from the epoch's own numbers.
void Trainer::shuffle() {
  order_ = split_.training;
  DrawKey key{
      .seed = model_.seed, .stream = Stream::order, .trial = static_cast<std::uint32_t>(state_.epoch)};
  for (std::size_t i = order_.size(); i > 1; --i) {
    key.sample = static_cast<std::uint32_t>(i);
    const Block words = key.block(0, 0);
    const std::uint64_t number = std::uint64_t{words[0]} << 32 | words[1];
    std::swap(order_[i - 1], order_[number % i]);
  }
}

std::vector<Sample> Trainer::samples(std::span<const std::uint32_t> which, std::uint32_t offset,
                                     std::size_t trials) const {
  std::vector<Sample> batch;
  batch.reserve(which.size() * trials);
  for (const std::uint32_t i : which)
    for (std::size_t k = 0; k < trials; ++k) {
      Sample& sample = batch.emplace_back(task_.sample(i));
      sample.sample += offset;
      sample.trial = static_cast<std::uint32_t>(static_cast<std::size_t>(state_.epoch) * trials + k);
    }
  return batch;
}

std::vector<Sample> Trainer::training_batch(std::span<const std::uint32_t> which) {
  std::vector<Sample> batch = samples(which, 0, trials_);
  task_.vary(batch);
  return batch;
}

void Trainer::update() {
  const auto start = Clock::now();
  const TrainingSettings& training = model_.training;
  const std::size_t first = static_cast<std::size_t>(state_.update) * training.batch;
  const std::size_t count = std::min(training.batch, order_.size() - first);
  const auto epoch = static_cast<std::size_t>(state_.epoch);
  const auto batch = training_batch(std::span(order_).subspan(first, count));
  const auto n = static_cast<double>(batch.size());
  outcomes_.resize(batch.size());
  std::fill(gradient_.begin(), gradient_.end(), 0.0);
  const std::vector<double> remembered(estimator_->state().begin(), estimator_->state().end());
  const Batch run{.parameters = parameters_,
                  .samples = batch,
                  .seed = model_.seed,
                  .dropout = true,
                  .done = state_.epoch / static_cast<double>(training.epochs)};
  const auto fail = [&](const std::string& what) {
    std::copy(remembered.begin(), remembered.end(), estimator_->state().begin());
    throw NotFinite(fmt::format("{}: in epoch {} {}", model_.source, epoch + 1, what));
  };
  try {
    estimator_->gradient(run, {.gradient = gradient_, .outcomes = outcomes_, .activity = &table_});
  } catch (const NotFinite& error) {
    fail(error.what());
  }
  for (double& g : gradient_) g /= n;
  const double length = norm(gradient_);
  const bool loss_known = std::none_of(outcomes_.begin(), outcomes_.end(),
                                       [](const SampleOutcome& o) { return std::isnan(o.total()); });
  if (!std::isfinite(length) || !loss_known)
    fail(fmt::format("the {} is not finite: {}", loss_known ? "gradient" : "loss",
                     explain_overflow(model_, info_, *engine_, kind_, run)));
  if (training.gradient_clip > 0.0 && length > training.gradient_clip)
    for (double& g : gradient_) g *= training.gradient_clip / length;

  const double done = state_.epoch + state_.update / static_cast<double>(updates_per_epoch());
  updater_->step(state_.factor * schedule_factor(training, done), gradient_, parameters_);
  average_parameters();
  for (std::size_t k = 0; k < batch.size(); ++k) {
    state_.loss += outcomes_[k].loss;
    state_.penalty += outcomes_[k].penalty;
    state_.correct += is_right(batch[k], outcomes_[k]);
    for (std::size_t p = 0; p < activity_.size(); ++p) activity_[p] += table_[k][p];
  }
  state_.trials += n;
  state_.gradient_norm += length;
  state_.update += 1;
  state_.seconds += seconds_since(start);
}

/// θ̄ ← d θ̄ + (1-d) θ, d = min(average, (1+n)/(10+n)) after n updates: the first average is over few, so that it
/// does not hold on to the weights of the beginning. (Polyak & Juditsky 1992; the ramp is that of TensorFlow.)
void Trainer::average_parameters() {
  if (average_.empty()) return;
  const double n = state_.epoch * static_cast<double>(updates_per_epoch()) + state_.update;
  const double kept = std::min(model_.training.average, (1.0 + n) / (10.0 + n));
  for (std::size_t i = 0; i < average_.size(); ++i)
    average_[i] = kept * average_[i] + (1.0 - kept) * parameters_[i];
}

SampleMetrics Trainer::validate(Progress& progress) {
  SampleMetrics sum;
  const std::span<const std::uint32_t> all = split_.validation;
  for (std::size_t first = 0; first < all.size(); first += validation_chunk) {
    const auto batch =
        samples(all.subspan(first, std::min(validation_chunk, all.size() - first)), validation_samples, 1);
    outcomes_.resize(batch.size());
    judge_->run({.parameters = judged_parameters(), .samples = batch, .seed = model_.seed},
                {.outcomes = outcomes_});
    for (std::size_t k = 0; k < batch.size(); ++k) {
      sum.loss += outcomes_[k].loss;
      sum.accuracy += is_right(batch[k], outcomes_[k]);
    }
    progress.advance(0);
  }
  const auto n = static_cast<double>(std::max<std::size_t>(all.size(), 1));
  return {.loss = sum.loss / n, .accuracy = sum.accuracy / n};
}

EpochMetrics Trainer::close_epoch(Progress& progress) {
  const auto start = Clock::now();
  const TrainingSettings& training = model_.training;
  EpochMetrics result;
  result.labelled = label_of(model_.loss).has_value();
  result.validated = !split_.validation.empty();
  result.regularised = !model_.regularisers.empty();
  if (result.validated) result.validation = validate(progress);
  result.epoch = static_cast<std::size_t>(state_.epoch) + 1;
  result.training = {.loss = state_.loss / state_.trials,
                     .accuracy = state_.correct / state_.trials,
                     .penalty = state_.penalty / state_.trials};
  result.learning_rate =
      state_.factor * schedule_factor(training, static_cast<double>(result.epoch) - 1.0 / state_.update);
  result.gradient_norm = state_.gradient_norm / state_.update;
  for (std::size_t p = 0; p < activity_.size(); ++p)
    result.rates.push_back(activity_[p] / (state_.trials * static_cast<double>(model_.network.steps()) *
                                           model_.network.time().dt *
                                           static_cast<double>(model_.network.populations()[p].size())));

  const SampleMetrics& judged = result.validated ? result.validation : result.training;
  const bool more_right = judged.accuracy > state_.best_accuracy;
  const bool as_right = judged.accuracy == state_.best_accuracy, less_loss = judged.loss < state_.best_loss;
  result.best = state_.best_epoch == 0 ||
                (training.select == Selection::loss ? less_loss : more_right || (as_right && less_loss));
  TrainingState next{.epoch = state_.epoch + 1,
                     .factor = state_.factor,
                     .best_epoch = state_.best_epoch,
                     .best_loss = state_.best_loss,
                     .best_accuracy = state_.best_accuracy,
                     .stale = state_.stale + 1};
  if (result.best) {
    next.best_epoch = next.epoch;
    next.best_loss = judged.loss;
    next.best_accuracy = judged.accuracy;
    next.stale = 0;
    best_.assign(judged_parameters().begin(), judged_parameters().end());
  }
  if (training.schedule == Schedule::plateau && next.stale > 0 &&
      static_cast<std::size_t>(next.stale) % training.decay_epochs == 0)
    next.factor *= training.decay;
  result.seconds = state_.seconds + seconds_since(start);
  state_ = next;
  std::fill(activity_.begin(), activity_.end(), 0.0);
  shuffle();
  return result;
}

EpochMetrics Trainer::epoch(Progress& progress) {
  while (!epoch_complete()) {
    const double before = state_.trials;
    update();
    progress.advance(static_cast<std::size_t>(state_.trials - before));
  }
  return close_epoch(progress);
}

std::span<const double> Trainer::best_parameters() const {
  return selects(model_) && state_.best_epoch > 0 ? best_ : judged_parameters();
}

MemoryEstimate Trainer::memory() const {
  const std::size_t batch = std::min(model_.training.batch, split_.training.size()) * trials_;
  // Present, best and gradient; up to three numbers of the optimiser; as many again while a checkpoint is
  // written, twice.
  const std::size_t parameters =
      (parameters_.size() * (3 + 3 + 2 * 5) + average_.size() * (1 + 2)) * sizeof(double);
  // Samples and outcomes of an update, and their activity.
  const std::size_t samples =
      batch * (sizeof(Sample) + sizeof(SampleOutcome) + activity_.size() * sizeof(double));
  return {.data = task_.bytes(),
          .parameters = parameters,
          .passes = samples + estimator_->bytes(batch) +
                    judge_->bytes(std::min(validation_chunk, split_.validation.size()))};
}

std::vector<std::string> Trainer::warnings() {
  std::vector<std::string> notes = unused_settings(model_, info_);
  for (std::string& text : learning_notes(model_, info_)) notes.push_back(std::move(text));
  const std::size_t count = std::min(model_.training.batch, order_.size());
  // Enough to see a spike of a unit that has any; trials may be many.
  constexpr std::size_t enough = 256;
  const std::size_t trials = std::clamp<std::size_t>(enough / std::max<std::size_t>(count, 1), 1, trials_);
  const auto batch = samples(std::span(order_).first(count), 0, trials);
  ActivityTable activity;
  judge_->run({.parameters = parameters_, .samples = batch, .seed = model_.seed}, {.activity = &activity});
  for (std::size_t p = 0; p < model_.network.populations().size(); ++p) {
    const Population& population = model_.network.populations()[p];
    bool silent = population.spikes();
    for (std::size_t k = 0; k < batch.size(); ++k) silent = silent && activity[k][p] == 0.0;
    if (silent)
      notes.push_back(fmt::format(
          "population '{}' is silent: none of its {} units spikes in the first batch ({} samples), so that "
          "what it feeds does not learn; larger initial weights or a lower threshold make it spike",
          population.name, population.size(), batch.size()));
  }
  return notes;
}

template <class Visitor>
void Trainer::for_each_array(Visitor&& visit) {
  const auto& blocks = model_.network.blocks();
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    visit("parameters/" + blocks[b].name, blocks[b].shape,
          std::span(parameters_).subspan(blocks[b].offset, blocks[b].size));
    visit("best/" + blocks[b].name, blocks[b].shape,
          std::span(best_).subspan(blocks[b].offset, blocks[b].size));
    if (!average_.empty())
      visit("average/" + blocks[b].name, blocks[b].shape,
            std::span(average_).subspan(blocks[b].offset, blocks[b].size));
  }
  const auto optimisers = updater_->state();
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (std::size_t k = 0; k < optimisers[b].size(); ++k)
      visit(fmt::format("optimiser/{}/{}", blocks[b].name, k), std::vector{optimisers[b][k].size()},
            optimisers[b][k]);
  visit("activity", std::vector{activity_.size()}, std::span(activity_));
  if (const auto remembered = estimator_->state(); !remembered.empty())
    visit("estimator", std::vector{remembered.size()}, remembered);
  TrainingState::fields(state_, [&](std::string_view name, double& value) {
    visit("state/" + std::string(name), std::vector<std::size_t>{1}, std::span(&value, 1));
  });
}

Archive Trainer::save() {
  Archive archive;
  for_each_array([&](std::string name, std::vector<std::size_t> shape, std::span<double> values) {
    archive.add(std::move(name), std::move(shape), values);
  });
  return archive;
}

void Trainer::restore(const Archive& archive) {
  // Twice, so that a refusal changes nothing.
  for_each_array([&](const std::string& name, const std::vector<std::size_t>& shape, std::span<double>) {
    if (archive.find(name).shape != shape)
      throw UserError("checkpoint: '" + name + "' has another shape than in the model of the run");
  });
  for_each_array([&](const std::string& name, const std::vector<std::size_t>&, std::span<double> values) {
    const std::vector<double>& from = archive.find(name).values;
    std::copy(from.begin(), from.end(), values.begin());
  });
  shuffle();
}

}  // namespace spikegrad
