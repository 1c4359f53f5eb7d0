// SPDX-License-Identifier: Apache-2.0
// The one fixed input and loss of a model file as a task: spike-train matching, say. An epoch is one update;
// its trials are independent of each other.
#pragma once

#include "spikegrad/export.hpp"
#include "spikegrad/train/task.hpp"

namespace spikegrad {

class SPIKEGRAD_EXPORT ProblemTask final : public Task {
 public:
  /// The model must outlive it. Throws UserError where its input is a data set, or does not fit its network.
  explicit ProblemTask(const Model& model) : model_(model) {
    const Problem problem = model.problem();
    check(model);
    inputs_ = views_of(model.network, problem.input);
  }

  std::size_t size() const override { return 1; }
  Sample sample(std::size_t) const override { return {.inputs = inputs_, .loss = &model_.loss}; }
  Split split() const override { return {.training = {0}, .validation = {}}; }
  const std::string& source() const override { return model_.source; }
  std::size_t bytes() const override {
    return model_.network.steps() * model_.network.unit_count() * sizeof(double);
  }

 private:
  const Model& model_;
  std::vector<SampleInput> inputs_;
};

}  // namespace spikegrad
