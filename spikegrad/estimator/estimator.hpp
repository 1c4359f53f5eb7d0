// SPDX-License-Identifier: Apache-2.0
// Gradient estimators. By THEORY section 2
//
//   d E[L]/dw = E[ Σ_k ℓ_k ∂p_k/∂w ] + E[ ∂L/∂w ],   ℓ_k = E[L | S_<k, S_k = 1] - E[L | S_<k, S_k = 0],
//
// and an estimator is what it puts for ℓ_k: a sample, an approximation, or the thing itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "spikegrad/engine/draws.hpp"
#include "spikegrad/engine/learning_signal.hpp"
#include "spikegrad/engine/problem.hpp"
#include "spikegrad/estimator/settings.hpp"

namespace spikegrad {

/// One run's state of an estimator (buffers, a running baseline). Not shared between threads.
class Estimator {
 public:
  virtual ~Estimator() = default;
  /// Adds one sample of the gradient to gradient [parameter_count] and gives the loss of its (first) trial.
  /// All randomness comes from `draws`: the same draws give the same sample.
  virtual double sample(const Problem& problem, Draws& draws, std::span<double> gradient) = 0;
};

/// What the registry knows of an estimator.
struct EstimatorInfo {
  std::string_view name;
  std::string_view summary;  ///< one line for `list`
  std::string_view bias;     ///< "none", or where it comes from
  std::string_view source;
  /// Is its mean the derivative of E[L], for every model it accepts?
  bool unbiased;
  /// Does one sample hold no randomness (so that one is enough)?
  bool deterministic;
  std::unique_ptr<Estimator> (*make)(const EstimatorSettings&);
  /// Why it cannot be used on this problem; empty where it can.
  std::string (*refuse)(const Problem&, const EstimatorSettings&);
  /// The pass it is, for estimators of one forward and one backward pass; else null.
  LearningSignal (*signal)(const EstimatorSettings&);
};

/// All estimators, in the order of THEORY's table.
std::span<const EstimatorInfo> estimators();

/// Throws UserError that lists the names there are and suggests the nearest.
const EstimatorInfo& find_estimator(std::string_view name);

/// The unbiased estimator that stands for the truth where it cannot be enumerated: small variance at moderate
/// cost.
inline constexpr std::string_view unbiased_estimator = "counterfactual-k";

}  // namespace spikegrad
