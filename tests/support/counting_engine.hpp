// SPDX-License-Identifier: Apache-2.0
// An engine around another one that counts the trials it runs: what a decorator takes.
#pragma once

#include <memory>

#include "spikegrad/engine/engine.hpp"

namespace spikegrad::testing {

struct TrialCount {
  std::size_t forward = 0, backward = 0;
};

class CountingEngine final : public Engine {
 public:
  explicit CountingEngine(Engine& inner) : Engine(inner.objective()), inner_(inner) {}

  std::unique_ptr<Pass> prepare(const LearningSignal& signal) override {
    return std::make_unique<CountingPass>(inner_.prepare(signal), count_);
  }
  std::size_t group_size() const override { return inner_.group_size(); }
  unsigned threads() const override { return inner_.threads(); }
  std::unique_ptr<Draws> draws(std::uint64_t seed, const Sample& sample) const override {
    return inner_.draws(seed, sample);
  }

  const TrialCount& count() const { return count_; }

 private:
  class CountingPass final : public Pass {
   public:
    CountingPass(std::unique_ptr<Pass> inner, TrialCount& count) : inner_(std::move(inner)), count_(count) {}
    void run(const Batch& batch, const BatchResults& results) override {
      count_.forward += batch.samples.size();
      if (!results.gradient.empty()) count_.backward += batch.samples.size();
      inner_->run(batch, results);
    }
    std::size_t bytes(std::size_t samples) const override { return inner_->bytes(samples); }

   private:
    std::unique_ptr<Pass> inner_;
    TrialCount& count_;
  };

  Engine& inner_;
  TrialCount count_;
};

}  // namespace spikegrad::testing
