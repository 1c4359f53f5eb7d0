// SPDX-License-Identifier: Apache-2.0
// Optimisers: what turns a gradient d into a step of the parameters w.
//
// Contract of a member, checked for every member by tests/optimiser/optimiser_test.cpp:
//   * it acts on each component alone, so an array may be split among several objects without a difference;
//   * a gradient of 0 from the beginning leaves w where it is, but for a weight decay that is asked for;
//   * with a small rate it goes down: on a quadratic it comes near the minimum;
//   * state() is all it remembers: copied into a fresh object, both go on alike to the last bit.
// A new member is one file in optimiser/, one line in the registry, one entry in the test.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "spikegrad/core/field.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// Settings of all optimisers.
struct OptimiserSettings {
  double momentum = 0.0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("momentum", self.momentum, Range::probability, "share of the last step kept by sgd; 0: none");
    visit("beta1", self.beta1, Range::probability, "decay of adam's mean gradient, per step");
    visit("beta2", self.beta2, Range::probability, "decay of adam's mean squared gradient, per step");
    visit("epsilon", self.epsilon, Range::positive, "adam's floor of the root mean squared gradient");
    visit("weight_decay", self.weight_decay, Range::non_negative,
          "share of the rate by which adamw shrinks weights");
  }
  /// What is wrong with the settings; empty: nothing.
  std::string_view invalid() const {
    if (momentum >= 1.0 || beta1 >= 1.0 || beta2 >= 1.0) return "momentum, beta1 and beta2 must be below 1";
    return {};
  }
};

/// The run state of one optimiser over one array of parameters.
class SPIKEGRAD_EXPORT Optimiser {
 public:
  virtual ~Optimiser() = default;
  /// One step at learning rate `rate`. Both arrays have the size given to make().
  virtual void step(double rate, std::span<const double> gradient, std::span<double> parameters) = 0;
  /// What a checkpoint holds, in place; the sizes depend on the size given to make() alone.
  virtual std::vector<std::span<double>> state() = 0;
};

/// What the registry knows of an optimiser.
struct OptimiserInfo {
  std::string_view name;
  std::string_view summary;  ///< one line for `list`
  std::string_view source;
  std::unique_ptr<Optimiser> (*make)(const OptimiserSettings&, std::size_t size);
};

SPIKEGRAD_EXPORT std::span<const OptimiserInfo> optimisers();

/// Throws UserError that lists the names there are and suggests the nearest.
SPIKEGRAD_EXPORT const OptimiserInfo& find_optimiser(std::string_view name);

}  // namespace spikegrad
