// SPDX-License-Identifier: Apache-2.0
// What a method says of itself, and says no.
#pragma once

#include <string>
#include <vector>

#include "spikegrad/estimator/estimator.hpp"

namespace spikegrad {

/// Base of the methods' descriptions: what a method does not say of itself.
struct MethodDefaults {
  static constexpr bool unbiased = false;
  static constexpr bool deterministic = false;
  static constexpr std::string_view cost = "1 forward and 1 backward pass";
  static std::string refuse(const Objective&, const EstimatorSettings&) { return {}; }
  static PassCount passes(const EstimatorSettings&, const Objective&) { return {}; }
};

/// For methods that need a raster z: why this objective has none, or nothing.
inline std::string refuse_without_target(const Objective& objective) {
  if (target_of(objective.loss)) return {};
  return "needs a loss with a target spike train (squared-error, van-rossum or likelihood)";
}

/// The outcomes that were asked for, or a place for them.
inline std::span<SampleOutcome> outcomes_of(const Batch& batch, const BatchResults& results,
                                            std::vector<SampleOutcome>& room) {
  if (!results.outcomes.empty()) return results.outcomes;
  room.resize(batch.samples.size());
  return room;
}

}  // namespace spikegrad
