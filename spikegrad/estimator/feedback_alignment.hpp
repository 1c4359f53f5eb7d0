// SPDX-License-Identifier: Apache-2.0
// Feedback alignment: the surrogate gradient with fixed random weights in place of w on the way back
// (engine/feedback.hpp),
//
//   S̄_j[t] = s_S[t] + Σ_i B_ij D̄_i[t],   B_ij ~ N(0, scale²/n),   n the fan-in.
#pragma once

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct FeedbackAlignment : SurrogateType {
  static constexpr std::string_view name = "feedback-alignment";
  static constexpr std::string_view summary =
      "surrogate gradient through fixed random weights on the way back";
  static constexpr std::string_view bias = "not a gradient: hidden layers get signals that w has no part in";
  static constexpr std::string_view source = "Lillicrap et al. 2016";

  static LearningSignal signal(const EstimatorSettings& settings, const Objective&) {
    LearningSignal signal = through(PseudoDerivative::surrogate, settings);
    signal.feedback_scale = settings.feedback_scale;
    return signal;
  }
};

}  // namespace spikegrad
