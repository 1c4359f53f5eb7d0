// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/data_trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/train/schedule.hpp"

namespace spikegrad {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t validation_samples = 0x8000'0000u;  ///< added to a sample's number in its draws
constexpr std::size_t validation_chunk = 256;               ///< samples between looks at an interrupt

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

void check_fit(const Model& model, const SpikeData& data) {
  const DataSettings& settings = data_settings(model);
  const Population& input = model.network.populations()[settings.population];
  const Population& readout = model.network.populations()[population_of(model.loss)];
  if (data.channels > input.size())
    throw UserError(fmt::format(
        "{}: has {} channels{}, but the input '{}' of {} has {} units: must be as many", data.source,
        data.channels, settings.pool > 1 ? fmt::format(" after pooling by {}", settings.pool) : "",
        input.name, model.source, input.size()));
  if (data.classes() > readout.size())
    throw UserError(
        fmt::format("{}: has {} classes, but the readout '{}' of {} has {} units: must be as many",
                    data.source, data.classes(), readout.name, model.source, readout.size()));
  if (data.units.empty())
    throw UserError(fmt::format(
        "{}: none of its spikes falls into the {} steps of {} s of {}: give time.dt and time.steps to suit",
        data.source, data.time.steps, data.time.dt, model.source));
  require(data.time.steps == model.network.steps(), "the data were binned to other steps than the model's");
}

Split split_for(const Model& model, const SpikeData& data) {
  const TrainingSettings& settings = model.training;
  if (settings.validation == 0.0) {
    Split all;
    all.training.resize(data.size());
    std::iota(all.training.begin(), all.training.end(), 0u);
    return all;
  }
  if (!settings.validation_speakers.empty())
    return split_by_speaker(data, std::vector<std::uint16_t>(settings.validation_speakers.begin(),
                                                             settings.validation_speakers.end()));
  switch (settings.split) {
    case SplitKind::speakers:
      return split_by_speaker(data, settings.validation, model.seed);
    case SplitKind::random:
      return split_random(data, settings.validation, model.seed);
    case SplitKind::automatic:
      if (std::any_of(data.speakers.begin(), data.speakers.end(),
                      [&](std::uint16_t speaker) { return speaker != data.speakers[0]; }))
        return split_by_speaker(data, settings.validation, model.seed);
      break;
    case SplitKind::stratified:
      break;
  }
  return split_stratified(data, settings.validation, model.seed);
}

DataTrainer::DataTrainer(const Model& model, const SpikeData& data, const EngineSettings& settings)
    : model_(model),
      data_(data),
      estimator_(batch_estimator(model)),
      updater_(model.network, model.training),
      parameters_(model.parameters),
      best_(model.parameters),
      gradient_(model.parameters.size()),
      activity_(model.network.populations().size()),
      threads_(settings.threads) {
  check_fit(model, data);
  split_ = split_for(model, data);
  engine_ = make_batch_engine(settings.kind, model, estimator_, settings.threads);
  judge_ = make_batch_engine(settings.kind, model, BatchEstimator{}, settings.threads);
  shuffle();
}

std::size_t DataTrainer::updates_per_epoch() const {
  return (split_.training.size() + model_.training.batch - 1) / model_.training.batch;
}

bool DataTrainer::finished() const {
  const TrainingSettings& training = model_.training;
  return state_.epoch >= static_cast<double>(training.epochs) ||
         (training.patience > 0 && state_.stale >= static_cast<double>(training.patience));
}

bool DataTrainer::epoch_complete() const {
  return state_.update >= static_cast<double>(updates_per_epoch());
}

std::vector<double> chosen_parameters(const Model& model, const Archive& archive) {
  const TrainingSettings& training = model.training;
  const bool best = training.validation > 0.0 && training.select != Selection::last &&
                    archive.find("state/best_epoch").values[0] > 0.0;
  std::vector<double> parameters;
  for (const ParameterBlock& block : model.network.blocks()) {
    const NamedArray& array = archive.find((best ? "best/" : "parameters/") + block.name);
    if (array.shape != block.shape)
      throw UserError("checkpoint: '" + array.name + "' has another shape than in " + model.source);
    parameters.insert(parameters.end(), array.values.begin(), array.values.end());
  }
  return parameters;
}

/// Fisher & Yates, from the epoch's own numbers.
void DataTrainer::shuffle() {
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

std::vector<LabelledSample> DataTrainer::samples(std::span<const std::uint32_t> which, std::uint32_t offset,
                                                 std::size_t trial, std::size_t trials) const {
  std::vector<LabelledSample> batch;
  for (const std::uint32_t i : which)
    for (std::size_t k = 0; k < trials; ++k)
      batch.push_back({.events = {data_.steps(i), data_.units},
                       .label = data_.labels[i],
                       .sample = i + offset,
                       .trial = static_cast<std::uint32_t>(trial * trials + k)});
  return batch;
}

std::vector<LabelledSample> DataTrainer::varied(std::span<const std::uint32_t> which) {
  std::vector<LabelledSample> batch =
      samples(which, 0, static_cast<std::size_t>(state_.epoch), model_.training.trials);
  if (!model_.augmentation.any()) return batch;
  augmented_.resize(batch.size());
  parallel_for(batch.size(), threads_, [&](std::size_t k) {
    augment(data_, batch[k].sample, model_.augmentation, model_.data->binary, model_.seed, batch[k].trial,
            augmented_[k]);
    batch[k].events = {augmented_[k].begin, augmented_[k].units};
  });
  return batch;
}

void DataTrainer::update() {
  const auto start = Clock::now();
  const TrainingSettings& training = model_.training;
  const std::size_t first = static_cast<std::size_t>(state_.update) * training.batch;
  const std::size_t count = std::min(training.batch, order_.size() - first);
  const auto epoch = static_cast<std::size_t>(state_.epoch);
  const auto batch = varied(std::span(order_).subspan(first, count));
  const auto n = static_cast<double>(batch.size());
  outcomes_.resize(batch.size());
  engine_->run({.parameters = parameters_,
                .batch = batch,
                .seed = model_.seed,
                .baseline = estimator_.running_baseline ? state_.baseline : 0.0,
                .dropout = true,
                .gradient = gradient_,
                .outcomes = outcomes_,
                .activity = &table_});
  for (double& g : gradient_) g /= n;
  const double length = norm(gradient_);
  if (!std::isfinite(length))
    throw UserError(fmt::format("{}: the gradient is not finite in epoch {}; {}", model_.source, epoch + 1,
                                epoch == 0 && state_.update == 0
                                    ? "it is that of the first batch: weights, a factor of the model or the "
                                      "estimator make it too large"
                                    : "a smaller [training] learning_rate or a gradient_clip may help"));
  if (training.gradient_clip > 0.0 && length > training.gradient_clip)
    for (double& g : gradient_) g *= training.gradient_clip / length;

  const double done = state_.epoch + state_.update / static_cast<double>(updates_per_epoch());
  updater_.step(state_.factor * schedule_factor(training, done), gradient_, parameters_);
  for (std::size_t k = 0; k < batch.size(); ++k) {
    state_.loss += outcomes_[k].loss;
    state_.penalty += outcomes_[k].penalty;
    state_.correct += outcomes_[k].prediction == batch[k].label;
    state_.baseline += (outcomes_[k].total() - state_.baseline) / ++state_.baseline_trials;
    for (std::size_t p = 0; p < activity_.size(); ++p) activity_[p] += table_[k][p];
  }
  state_.trials += n;
  state_.gradient_norm += length;
  state_.update += 1;
  state_.seconds += seconds_since(start);
}

SampleMetrics DataTrainer::validate(Progress& progress) {
  SampleMetrics sum;
  const std::span<const std::uint32_t> all = split_.validation;
  for (std::size_t first = 0; first < all.size(); first += validation_chunk) {
    const auto batch = samples(all.subspan(first, std::min(validation_chunk, all.size() - first)),
                               validation_samples, static_cast<std::size_t>(state_.epoch), 1);
    outcomes_.resize(batch.size());
    judge_->run({.parameters = parameters_, .batch = batch, .seed = model_.seed, .outcomes = outcomes_});
    for (std::size_t k = 0; k < batch.size(); ++k) {
      sum.loss += outcomes_[k].loss;
      sum.accuracy += outcomes_[k].prediction == batch[k].label;
    }
    progress.advance(0);
  }
  const auto n = static_cast<double>(std::max<std::size_t>(all.size(), 1));
  return {.loss = sum.loss / n, .accuracy = sum.accuracy / n};
}

DataEpoch DataTrainer::close_epoch(Progress& progress) {
  const auto start = Clock::now();
  const TrainingSettings& training = model_.training;
  DataEpoch result;
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
                     .stale = state_.stale + 1,
                     .baseline = state_.baseline,
                     .baseline_trials = state_.baseline_trials};
  if (result.best) {
    next.best_epoch = next.epoch;
    next.best_loss = judged.loss;
    next.best_accuracy = judged.accuracy;
    next.stale = 0;
    best_ = parameters_;
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

template <class Visitor>
void DataTrainer::for_each_array(Visitor&& visit) {
  const auto& blocks = model_.network.blocks();
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    visit("parameters/" + blocks[b].name, blocks[b].shape,
          std::span(parameters_).subspan(blocks[b].offset, blocks[b].size));
    visit("best/" + blocks[b].name, blocks[b].shape,
          std::span(best_).subspan(blocks[b].offset, blocks[b].size));
  }
  const auto optimisers = updater_.state();
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (std::size_t k = 0; k < optimisers[b].size(); ++k)
      visit(fmt::format("optimiser/{}/{}", blocks[b].name, k), std::vector{optimisers[b][k].size()},
            optimisers[b][k]);
  visit("activity", std::vector{activity_.size()}, std::span(activity_));
  TrainingState::fields(state_, [&](std::string_view name, double& value) {
    visit("state/" + std::string(name), std::vector<std::size_t>{1}, std::span(&value, 1));
  });
}

Archive DataTrainer::save() {
  Archive archive;
  for_each_array([&](std::string name, std::vector<std::size_t> shape, std::span<double> values) {
    archive.add(std::move(name), std::move(shape), values);
  });
  return archive;
}

void DataTrainer::restore(const Archive& archive) {
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
