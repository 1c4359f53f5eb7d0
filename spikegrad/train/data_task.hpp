// SPDX-License-Identifier: Apache-2.0
// A data set as a task: labelled spike trains for one input population of a model.
#pragma once

#include <string>
#include <vector>

#include "spikegrad/data/augmentation.hpp"
#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/train/task.hpp"

namespace spikegrad {

/// The model's data input; throws UserError where it has none.
SPIKEGRAD_EXPORT const DataSettings& data_settings(const Model& model);

/// Throws UserError where the data's channels, steps or classes do not fit the model.
SPIKEGRAD_EXPORT void check_fit(const Model& model, const SpikeData& data);

/// What looks like a mistake though it fits, one line each: fewer channels or classes than units, and what
/// suspicions() says.
SPIKEGRAD_EXPORT std::vector<std::string> data_notes(const Model& model, const SpikeData& data);

/// The samples that train and validate by the model's [training] validation and split.
SPIKEGRAD_EXPORT Split split_for(const Model& model, const SpikeData& data);

class SPIKEGRAD_EXPORT DataTask final : public Task {
 public:
  /// Model and data must outlive it. Throws UserError where they do not fit. threads: of the augmentation.
  DataTask(const Model& model, const SpikeData& data, unsigned threads = 0);

  std::size_t size() const override { return data_.size(); }
  Sample sample(std::size_t i) const override;
  Split split() const override { return split_for(model_, data_); }
  void vary(std::span<Sample> batch) override;
  const std::string& source() const override { return data_.source; }
  std::span<const std::string> class_names() const override { return data_.class_names; }
  std::span<const std::uint16_t> speakers() const override { return data_.speakers; }
  std::size_t bytes() const override;

 private:
  const Model& model_;
  const SpikeData& data_;
  unsigned threads_;
  std::vector<Loss> losses_;         ///< of each label
  std::vector<SampleInput> fixed_;   ///< of the input populations; a place for the data's own
  std::size_t place_ = 0;            ///< of the data's own
  std::vector<SampleInput> inputs_;  ///< [samples, input populations]
  BlendPartners partners_;           ///< where samples are blended, from the first time on
  std::vector<AugmentedSample> augmented_;
  std::vector<SampleInput> varied_;  ///< of the batch
};

}  // namespace spikegrad
