// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/data_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/data/agreement.hpp"

namespace spikegrad {

const DataSettings& data_settings(const Model& model) {
  if (!model.data)
    throw UserError(model.source +
                    ": its input is no data set: must be a section [input] with kind = \"data\"");
  return *model.data;
}

void check_fit(const Model& model, const SpikeData& data) {
  const DataSettings& settings = data_settings(model);
  check(model);
  check_spike_data(data);
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
  if (data.time.steps != model.network.steps())
    throw UserError(fmt::format("{}: is binned to {} steps, but {} has {}: must be as many", data.source,
                                data.time.steps, model.source, model.network.steps()));
}

std::vector<std::string> data_notes(const Model& model, const SpikeData& data) {
  std::vector<std::string> notes = suspicions(data);
  const Population& input = model.network.populations()[data_settings(model).population];
  const Population& readout = model.network.populations()[population_of(model.loss)];
  if (data.channels < input.size())
    notes.push_back(
        fmt::format("{}: has {} channels, but the input '{}' has {} units: the others never spike",
                    data.source, data.channels, input.name, input.size()));
  if (data.classes() < readout.size())
    notes.push_back(fmt::format("{}: has {} classes, but the readout '{}' has {} units", data.source,
                                data.classes(), readout.name, readout.size()));
  return notes;
}

Split split_for(const Model& model, const SpikeData& data) {
  const TrainingSettings& settings = model.training;
  const std::size_t own = data.size() - data.validation_samples;
  if (settings.validation == 0.0 || data.validation_samples > 0 || settings.split == SplitKind::file) {
    Split split;
    split.training.resize(own);
    split.validation.resize(data.validation_samples);
    std::iota(split.training.begin(), split.training.end(), 0u);
    std::iota(split.validation.begin(), split.validation.end(), static_cast<std::uint32_t>(own));
    if (settings.validation > 0.0 && split.validation.empty())
      throw UserError(
          data.source +
          ": [training] split = \"file\" needs a validation file: --data FOLDER with a *_valid.h5");
    return split;
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
    case SplitKind::file:
      break;
  }
  return split_stratified(data, settings.validation, model.seed);
}

DataTask::DataTask(const Model& model, const SpikeData& data, unsigned threads)
    : model_(model), data_(data), threads_(threads) {
  check_fit(model, data);
  for (std::size_t c = 0; c < model.network.populations()[population_of(model.loss)].size(); ++c)
    losses_.push_back(with_label(model.loss, c));
  const std::size_t own = model.data->population;
  for (std::size_t p = 0; p < own; ++p)
    place_ += output_of(model.network.populations()[p].unit) == UnitOutput::given;
  for (std::size_t p = 0; p < model.network.populations().size(); ++p) {
    if (output_of(model.network.populations()[p].unit) != UnitOutput::given) continue;
    if (p == own)
      fixed_.emplace_back(EventList{});
    else
      fixed_.emplace_back(DenseValues{model.input.values[p].flat()});
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    inputs_.insert(inputs_.end(), fixed_.begin(), fixed_.end());
    inputs_[i * fixed_.size() + place_] = EventList{data.steps(i), data.units};
  }
}

Sample DataTask::sample(std::size_t i) const {
  return {.inputs = std::span(inputs_).subspan(i * fixed_.size(), fixed_.size()),
          .loss = &losses_[data_.labels[i]],
          .sample = static_cast<std::uint32_t>(i)};
}

void DataTask::vary(std::span<Sample> batch) {
  if (!model_.augmentation.any()) return;
  if (model_.augmentation.blend > 0.0 && partners_.empty()) {
    partners_.resize(losses_.size());
    for (const std::uint32_t i : split().training) partners_[data_.labels[i]].push_back(i);
  }
  augmented_.resize(batch.size());
  parallel_for(batch.size(), threads_, [&](std::size_t k) {
    augment(data_, batch[k].sample, model_.augmentation, partners_, model_.data->binary, model_.seed,
            batch[k].trial, augmented_[k]);
  });
  varied_.clear();
  for (const AugmentedSample& sample : augmented_) {
    varied_.insert(varied_.end(), fixed_.begin(), fixed_.end());
    varied_[varied_.size() - fixed_.size() + place_] = EventList{sample.begin, sample.units};
  }
  for (std::size_t k = 0; k < batch.size(); ++k)
    batch[k].inputs = std::span(varied_).subspan(k * fixed_.size(), fixed_.size());
}

std::size_t DataTask::bytes() const {
  return data_.begin.size() * sizeof(data_.begin[0]) + data_.units.size() * sizeof(data_.units[0]) +
         inputs_.size() * sizeof(SampleInput);
}

}  // namespace spikegrad
