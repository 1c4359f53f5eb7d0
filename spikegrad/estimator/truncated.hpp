// SPDX-License-Identifier: Apache-2.0
// Truncated backpropagation through time: the surrogate gradient with the states of all units held fixed at the
// beginning of every window of K steps, so that signals reach back K steps at most:
//
//   ū_i[t] = Ī_i[t] = ā_i[t] = 0 at t = K, 2K, …, once x̄_i[t] has joined them.
#pragma once

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

struct Truncated : SurrogateType {
  static constexpr std::string_view name = "truncated";
  static constexpr std::string_view summary = "surrogate gradient within windows of time (truncated BPTT)";
  static constexpr std::string_view bias = "that of surrogate, and from what acts beyond the window";
  static constexpr std::string_view source = "Williams & Peng 1990";

  static LearningSignal signal(const EstimatorSettings& settings, const Objective&) {
    LearningSignal signal = through(PseudoDerivative::surrogate, settings);
    signal.window = settings.window;
    return signal;
  }
};

}  // namespace spikegrad
