// SPDX-License-Identifier: Apache-2.0
// The reference engine: ReferenceTrial, sample by sample. Its randomness may come from any source of draws,
// so that enumeration runs the very estimators that train (estimator/enumeration.hpp).
#pragma once

#include "spikegrad/engine/engine.hpp"

namespace spikegrad {

class ReferenceEngine final : public Engine {
 public:
  /// threads: 0: as many as the machine has.
  explicit ReferenceEngine(const Objective& objective, unsigned threads = 0);

  std::unique_ptr<Pass> prepare(const LearningSignal& signal) override;
  std::size_t group_size() const override;
  unsigned threads() const override { return source_ ? 1 : threads_; }
  std::unique_ptr<Draws> draws(std::uint64_t seed, const Sample& sample) const override;
  std::vector<double> dropout_scale(const Batch& batch, const Sample& sample) const override;

  /// From here on all numbers come from `source`, which knows a sample's trial as the slots' replica, in
  /// place of the counters that (seed, sample, trial) key. Null: back to these.
  void draw_from(Draws* source) { source_ = source; }
  Draws* source() const { return source_; }

  /// From here on these are the factors of what units send [unit_count], in place of those that a trial with
  /// dropout draws. Empty: back to these.
  void set_dropout_scale(std::span<const double> scale) { dropout_scale_.assign(scale.begin(), scale.end()); }

 private:
  unsigned threads_;
  Draws* source_ = nullptr;
  std::vector<double> dropout_scale_;
};

}  // namespace spikegrad
