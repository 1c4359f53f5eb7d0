// SPDX-License-Identifier: Apache-2.0
// An engine around another one that spreads the groups of every batch over ranks. Each rank runs its groups with the
// threads it has; the sum of the gradient goes from rank to rank in the order of the batch, and back to all. So results
// are those of the inner engine to the last bit, whatever the number of ranks, and every rank has all of them.
// A batch of one group is run by every rank for itself.
#pragma once

#include <memory>

#include "spikegrad/core/ranks.hpp"
#include "spikegrad/engine/engine.hpp"

namespace spikegrad {

class RanksEngine final : public Engine {
 public:
  /// The ranks must outlive it. The inner engine is one of the library's.
  RanksEngine(std::unique_ptr<Engine> inner, Ranks& ranks)
      : Engine(inner->objective()), inner_(std::move(inner)), ranks_(ranks) {}

  /// Throws InternalError where the inner engine's passes do not keep their groups (grouped_pass.hpp).
  std::unique_ptr<Pass> prepare(const LearningSignal& signal) override;
  std::size_t group_size() const override { return inner_->group_size(); }
  unsigned threads() const override { return inner_->threads(); }
  std::size_t samples_at_once() const override { return ranks_.count() * inner_->samples_at_once(); }
  std::unique_ptr<Draws> draws(std::uint64_t seed, const Sample& sample) const override {
    return inner_->draws(seed, sample);
  }
  std::vector<double> dropout_scale(const Batch& batch, const Sample& sample) const override {
    return inner_->dropout_scale(batch, sample);
  }

 private:
  std::unique_ptr<Engine> inner_;
  Ranks& ranks_;
};

}  // namespace spikegrad
