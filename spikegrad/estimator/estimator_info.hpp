// SPDX-License-Identifier: Apache-2.0
// A method's description of itself as what the registry, compare() and a Trainer take.
#pragma once

#include <concepts>

#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad {

/// `Method` derives from MethodDefaults and says name, summary, bias and source. It is an Estimator of its
/// own, made from (settings, engine), or the description of a single pass: it has a static
/// signal(settings, objective).
template <class Method>
constexpr EstimatorInfo estimator_info() {
  EstimatorInfo info{.name = Method::name,
                     .summary = Method::summary,
                     .bias = Method::bias,
                     .source = Method::source,
                     .cost = Method::cost,
                     .unbiased = Method::unbiased,
                     .deterministic = Method::deterministic,
                     .refuse = Method::refuse,
                     .passes = Method::passes};
  if constexpr (std::derived_from<Method, Estimator>) {
    info.make = [](const EstimatorSettings& settings, Engine& engine) -> std::unique_ptr<Estimator> {
      return std::make_unique<Method>(settings, engine);
    };
  } else {
    info.make = [](const EstimatorSettings& settings, Engine& engine) -> std::unique_ptr<Estimator> {
      return std::make_unique<SinglePass<Method>>(settings, engine);
    };
    info.signal = Method::signal;
  }
  return info;
}

}  // namespace spikegrad
