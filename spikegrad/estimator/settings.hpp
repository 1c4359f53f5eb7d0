// SPDX-License-Identifier: Apache-2.0
// Settings of all estimators, in one table [estimator] of a model file.
#pragma once

#include <cstddef>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct EstimatorSettings {
  std::size_t counterfactuals = 8;
  std::size_t group = 4;
  double step = 1e-4;
  double noisy_step = 0.05;
  bool target_error = false;
  double target_width = 0.0;
  double mix = 1.0;
  double temperature = 1.0;
  double perturbation = 0.01;
  std::size_t directions = 1;
  double feedback_scale = 1.0;
  std::size_t window = 20;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("counterfactuals", self.counterfactuals, Range::positive,
          "K of counterfactual-k: spikes flipped per sample");
    visit("group", self.group, Range::positive, "trials per sample of score-leave-one-out, at least 2");
    visit("step", self.step, Range::positive, "h of finite-difference, in units of the parameters");
    visit("noisy_step", self.noisy_step, Range::positive, "h of finite-difference-crn");
    visit("target_error", self.target_error, Range::any,
          "surrogate-type estimators take -(z - S)/target_width at the output for the loss's own gradient");
    visit("target_width", self.target_width, Range::non_negative,
          "Delta u of target errors, threshold units; 0: the width of the output's escape function");
    visit("mix", self.mix, Range::probability,
          "part of reinmax that is the trapezoid rule; the rest: smoothed");
    visit("temperature", self.temperature, Range::positive, "tau of straight-through-gumbel");
    visit("perturbation", self.perturbation, Range::positive,
          "sigma of weight-perturbation, in units of the parameters");
    visit("directions", self.directions, Range::positive, "directions of weight-perturbation, a batch");
    visit("feedback_scale", self.feedback_scale, Range::positive,
          "standard deviation of feedback-alignment's weights, times the root of the fan-in");
    visit("window", self.window, Range::positive, "K of truncated: steps from one cut to the next");
  }
};

}  // namespace spikegrad
