// SPDX-License-Identifier: Apache-2.0
// EventProp: the derivative of the loss in spike times, for deterministic LIF nets with a readout, whose spikes fall
// between the steps (event_driven.hpp has the equations). It is blind to spikes that appear or vanish.
#pragma once

#include "spikegrad/estimator/by_sample.hpp"
#include "spikegrad/estimator/event_driven.hpp"

namespace spikegrad {

class EventProp final : public BySample, public MethodDefaults {
 public:
  static constexpr std::string_view name = "eventprop";
  static constexpr std::string_view summary = "derivative in spike times of the net between the steps";
  static constexpr std::string_view bias = "exact in spike times, blind to spikes that appear or vanish";
  static constexpr std::string_view source = "Wunderlich & Pehle 2021";
  static constexpr std::string_view cost =
      "1 forward and 1 backward pass, event by event, in double precision";
  static constexpr bool deterministic = true;

  static std::string refuse(const Objective& objective, const EstimatorSettings&) {
    return EventDrivenTrial::refuse(objective);
  }

  EventProp(const EstimatorSettings&, Engine& engine) : BySample(engine) {}

 private:
  SampleOutcome sample(const Problem& problem, Draws&, std::span<double> gradient) override {
    const double loss = trial_.forward(problem);
    trial_.backward(problem, gradient);
    return {.loss = loss};
  }

  EventDrivenTrial trial_;
};

}  // namespace spikegrad
