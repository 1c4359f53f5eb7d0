// SPDX-License-Identifier: Apache-2.0
// Gradient estimators. By docs/derivations.md, section 3,
//
//   d E[L]/dw = E[ Σ_k ℓ_k ∂p_k/∂w ] + E[ ∂L/∂w ],   ℓ_k = E[L | S_<k, S_k = 1] - E[L | S_<k, S_k = 0],
//
// and an estimator is what it puts for ℓ_k: a sample, an approximation, or the thing itself. It is written
// against an Engine, so that it runs on all of them, on one problem as on batches of a data set.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "spikegrad/engine/engine.hpp"
#include "spikegrad/estimator/settings.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// One run's state of an estimator (passes, buffers, a running baseline). Not shared between threads.
class SPIKEGRAD_EXPORT Estimator {
 public:
  virtual ~Estimator() = default;
  /// Adds to results.gradient the sum over the batch of one sample each of the gradient. Outcomes, activity
  /// and records are those of each sample's (first) trial. The same draws give the same result. Throws
  /// UserError as Pass::run() does.
  virtual void gradient(const Batch& batch, const BatchResults& results) = 0;
  /// Memory that a batch of `samples` samples takes, in bytes, as Pass::bytes() has it.
  virtual std::size_t bytes(std::size_t samples) const = 0;
  /// What it has learned from the batches before, in place: a checkpoint holds it.
  virtual std::span<double> state() { return {}; }
};

/// Trials that one sample of an estimator runs.
struct PassCount {
  double forward = 1.0, backward = 1.0;
};

/// What the registry knows of an estimator. estimator_info.hpp makes it from a method; the texts are views.
struct EstimatorInfo {
  std::string_view name = {};
  std::string_view summary = {};  ///< one line for `list`
  std::string_view bias = {};     ///< "none", or where it comes from
  std::string_view source = {};
  std::string_view cost = {};  ///< passes a sample, in words
  /// Is its mean the derivative of E[L], for every model it accepts?
  bool unbiased = false;
  /// Does one sample hold no randomness (so that one is enough)?
  bool deterministic = false;
  /// The engine must outlive the estimator. Throws UserError for what the engine cannot hold.
  std::unique_ptr<Estimator> (*make)(const EstimatorSettings&, Engine&) = nullptr;
  /// Why it cannot be used on this objective; empty where it can.
  std::string (*refuse)(const Objective&, const EstimatorSettings&) = nullptr;
  PassCount (*passes)(const EstimatorSettings&, const Objective&) = nullptr;
  /// The pass it is, for estimators of one forward and one backward pass; else null.
  LearningSignal (*signal)(const EstimatorSettings&, const Objective&) = nullptr;
};

/// All estimators: the truth, the unbiased ones, the biased ones, those of a target.
SPIKEGRAD_EXPORT std::span<const EstimatorInfo> estimators();

/// Of the registry, or of the caller's `own`. Throws UserError that lists the names there are and suggests
/// the nearest.
SPIKEGRAD_EXPORT const EstimatorInfo& find_estimator(std::string_view name,
                                                     std::span<const EstimatorInfo> own = {});

/// Throws UserError where a description lacks its name or a function.
SPIKEGRAD_EXPORT void check(const EstimatorInfo& info);

/// The same, made ready. Throws UserError where it refuses the engine's objective: why, and which estimators
/// do not. `where` begins the message.
SPIKEGRAD_EXPORT std::unique_ptr<Estimator> make_estimator(const EstimatorInfo& info,
                                                           const EstimatorSettings& settings, Engine& engine,
                                                           const std::string& where);

using EstimatorFactory = std::function<std::unique_ptr<Estimator>(Engine&)>;

/// The unbiased estimator that stands for the truth where it cannot be enumerated: small variance at moderate
/// cost.
inline constexpr std::string_view unbiased_estimator = "counterfactual-k";

}  // namespace spikegrad
