// SPDX-License-Identifier: Apache-2.0
// Score function, or likelihood ratio (REINFORCE; R. J. Williams, Machine Learning 8, 1992):
//
//   ∂L/∂w + (L - b) Σ_k d log P(S_k | S_<k)/dw
//
// unbiased for any baseline b that does not depend on the trial's own spikes: 0; the mean loss of the samples
// before; the mean loss of the other trials of a group.
#pragma once

#include <vector>

#include "spikegrad/engine/reference/engine.hpp"
#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct ScoreTraits : MethodDefaults {
  static constexpr std::string_view bias = "none";
  static constexpr std::string_view source = "Williams 1992";
  static constexpr bool unbiased = true;
  static constexpr LearningSignal score_signal{.score = true};
};

struct ScoreFunction : ScoreTraits {
  static LearningSignal signal(const EstimatorSettings&) { return score_signal; }
  static constexpr std::string_view name = "score";
  static constexpr std::string_view summary = "score function (likelihood ratio), no baseline";
};

/// Baseline: the mean loss of the earlier samples of this estimator object (0 for the first).
class ScoreRunningMean final : public Estimator, public ScoreTraits {
 public:
  static constexpr std::string_view name = "score-running-mean";
  static constexpr std::string_view summary = "score function, baseline the mean loss of earlier samples";

  explicit ScoreRunningMean(const EstimatorSettings&) {}

  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    const double loss = engine_.forward(problem, score_signal, draws);
    engine_.backward(problem, score_signal, loss - mean_, nullptr, gradient);
    mean_ += (loss - mean_) / static_cast<double>(++samples_);
    return loss;
  }

 private:
  ReferenceEngine engine_;
  double mean_ = 0.0;
  std::size_t samples_ = 0;
};

/// A sample is the mean over a group of M independent trials, each with the mean loss of the others for a
/// baseline.
class ScoreLeaveOneOut final : public Estimator, public ScoreTraits {
 public:
  static constexpr std::string_view name = "score-leave-one-out";
  static constexpr std::string_view summary =
      "score function over a group of trials, baseline the mean of the others";

  static std::string refuse(const Problem&, const EstimatorSettings& settings) {
    return settings.group < 2 ? "needs a group of 2 trials or more ([estimator] group)" : "";
  }

  explicit ScoreLeaveOneOut(const EstimatorSettings& settings)
      : engines_(settings.group), losses_(settings.group) {}

  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    const std::size_t n = engines_.size();
    double sum = 0.0;
    for (std::size_t m = 0; m < n; ++m) {
      ReplicaDraws replica(draws, static_cast<std::uint32_t>(m));
      sum += losses_[m] = engines_[m].forward(problem, score_signal, replica);
    }
    trial_.assign(gradient.size(), 0.0);
    for (std::size_t m = 0; m < n; ++m) {
      const double others = (sum - losses_[m]) / static_cast<double>(n - 1);
      engines_[m].backward(problem, score_signal, losses_[m] - others, nullptr, trial_);
    }
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += trial_[i] / static_cast<double>(n);
    return losses_[0];
  }

 private:
  std::vector<ReferenceEngine> engines_;
  std::vector<double> losses_, trial_;
};

}  // namespace spikegrad
