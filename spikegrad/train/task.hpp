// SPDX-License-Identifier: Apache-2.0
// What a net is trained and judged on: samples with their losses. A data set (data_task.hpp), or the one
// fixed input of a model file (problem_task.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/data/split.hpp"
#include "spikegrad/engine/sample.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

class SPIKEGRAD_EXPORT Task {
 public:
  virtual ~Task() = default;
  virtual std::size_t size() const = 0;
  /// Sample i < size(), with i for its number and trial 0. Refers to the task.
  virtual Sample sample(std::size_t i) const = 0;
  /// Which samples train and which validate, as the model's [training] says.
  virtual Split split() const = 0;
  /// Samples of a training batch, varied where the model says so (augmentation). They refer to the task until
  /// the next call.
  virtual void vary(std::span<Sample>) {}

  /// For messages.
  virtual const std::string& source() const = 0;
  /// Of the labels; empty where they have no names.
  virtual std::span<const std::string> class_names() const { return {}; }
  /// [samples], or empty where they are not known.
  virtual std::span<const std::uint16_t> speakers() const { return {}; }
  /// Memory that the samples take.
  virtual std::size_t bytes() const = 0;
};

}  // namespace spikegrad
