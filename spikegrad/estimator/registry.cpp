// SPDX-License-Identifier: Apache-2.0
// The list of estimators: one line each.
#include <array>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/suggest.hpp"
#include "spikegrad/estimator/counterfactual.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/estimator/exact.hpp"
#include "spikegrad/estimator/finite_difference.hpp"
#include "spikegrad/estimator/mean_field.hpp"
#include "spikegrad/estimator/multilayer_spiker.hpp"
#include "spikegrad/estimator/pfister.hpp"
#include "spikegrad/estimator/score_function.hpp"
#include "spikegrad/estimator/smoothed_derivative.hpp"
#include "spikegrad/estimator/stochastic_triple.hpp"
#include "spikegrad/estimator/straight_through.hpp"
#include "spikegrad/estimator/surrogate_gradient.hpp"

namespace spikegrad {
namespace {

/// `Method` is an Estimator of its own, or the description of a single pass (it has a static signal()).
template <class Method>
constexpr EstimatorInfo entry() {
  EstimatorInfo info{Method::name,     Method::summary,       Method::bias, Method::source, Method::cost,
                     Method::unbiased, Method::deterministic, nullptr,      Method::refuse, Method::passes,
                     nullptr};
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

constexpr std::array registry{
    entry<ExactEnumeration>(),
    entry<FiniteDifference>(),
    entry<FiniteDifferenceCommon>(),
    entry<ScoreFunction>(),
    entry<ScoreRunningMean>(),
    entry<ScoreLeaveOneOut>(),
    entry<Counterfactual>(),
    entry<CounterfactualSampled>(),
    entry<StochasticTripleFull>(),
    entry<StochasticTripleDirection>(),
    entry<SmoothedDerivative>(),
    entry<SurrogateGradient>(),
    entry<StraightThrough>(),
    entry<MeanField>(),
    entry<Pfister>(),
    entry<MultilayerSpiker>(),
};

}  // namespace

std::span<const EstimatorInfo> estimators() {
  return registry;
}

const EstimatorInfo& find_estimator(std::string_view name) {
  std::vector<std::string_view> names;
  for (const EstimatorInfo& info : registry) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  throw UserError("there is no estimator '" + std::string(name) + "'" + suggestion(name, names));
}

std::unique_ptr<Estimator> make_estimator(std::string_view name, const EstimatorSettings& settings,
                                          Engine& engine, const std::string& where) {
  const EstimatorInfo& info = find_estimator(name);
  const std::string why = info.refuse(engine.objective(), settings);
  if (why.empty()) return info.make(settings, engine);
  std::string others;
  for (const EstimatorInfo& other : registry)
    if (other.refuse(engine.objective(), settings).empty())
      others.append(others.empty() ? "" : ", ").append(other.name);
  throw UserError(where + ": estimator \"" + std::string(name) + "\" cannot be used here: " + why +
                  (others.empty() ? "" : "; these can: " + others));
}

}  // namespace spikegrad
