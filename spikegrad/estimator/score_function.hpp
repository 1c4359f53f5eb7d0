// SPDX-License-Identifier: Apache-2.0
// Score function, or likelihood ratio (REINFORCE; R. J. Williams, Machine Learning 8, 1992):
//
//   ∂L/∂w + (L - b) Σ_k d log P(S_k | S_<k)/dw
//
// unbiased for any baseline b that does not depend on the trial's own spikes: 0; the mean loss of the batches
// before; the mean loss of the other trials of a group.
#pragma once

#include <array>
#include <vector>

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct ScoreTraits : MethodDefaults {
  static constexpr std::string_view bias = "none";
  static constexpr std::string_view source = "Williams 1992";
  static constexpr bool unbiased = true;
  static constexpr LearningSignal score_signal{.score = true};
};

struct ScoreFunction : ScoreTraits {
  static LearningSignal signal(const EstimatorSettings&, const Objective&) { return score_signal; }
  static constexpr std::string_view name = "score";
  static constexpr std::string_view summary = "score function (likelihood ratio), no baseline";
};

/// Baseline: the mean loss of all samples in the batches before (0 for the first).
class ScoreRunningMean final : public Estimator, public ScoreTraits {
 public:
  static constexpr std::string_view name = "score-running-mean";
  static constexpr std::string_view summary = "score function, baseline the mean loss of earlier samples";

  ScoreRunningMean(const EstimatorSettings&, Engine& engine) : pass_(engine.prepare(score_signal)) {}
  void gradient(const Batch& batch, const BatchResults& results) override;
  std::size_t bytes(std::size_t samples) const override { return pass_->bytes(samples); }
  std::span<double> state() override { return state_; }

 private:
  std::unique_ptr<Pass> pass_;
  std::array<double, 2> state_ = {};  ///< mean loss with its penalty, and of how many samples
  std::vector<Sample> samples_;
  std::vector<SampleOutcome> outcomes_;
};

/// A sample is the mean over a group of M independent trials, each with the mean loss of the others for a
/// baseline: one forward pass of all to know the losses, and one with the baselines.
class ScoreLeaveOneOut final : public Estimator, public ScoreTraits {
 public:
  static constexpr std::string_view name = "score-leave-one-out";
  static constexpr std::string_view summary =
      "score function over a group of trials, baseline the mean of the others";
  static constexpr std::string_view cost = "2M forward and M backward passes, M trials a group";

  static std::string refuse(const Objective&, const EstimatorSettings& settings) {
    return settings.group < 2 ? "needs a group of 2 trials or more ([estimator] group)" : "";
  }
  static PassCount passes(const EstimatorSettings& settings, const Objective&) {
    const auto m = static_cast<double>(settings.group);
    return {.forward = 2.0 * m, .backward = m};
  }

  ScoreLeaveOneOut(const EstimatorSettings& settings, Engine& engine);
  void gradient(const Batch& batch, const BatchResults& results) override;
  std::size_t bytes(std::size_t samples) const override;

 private:
  std::size_t group_;
  std::unique_ptr<Pass> forward_, scored_;
  std::vector<Sample> trials_;           ///< [samples · group]
  std::vector<SampleOutcome> outcomes_;  ///< of them
  std::vector<double> sum_;
};

}  // namespace spikegrad
