// SPDX-License-Identifier: Apache-2.0
// The list of estimators: one line each, new ones at the end: compare() keys the draws of an estimator by its place.
#include <array>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/suggest.hpp"
#include "spikegrad/estimator/counterfactual.hpp"
#include "spikegrad/estimator/disarm.hpp"
#include "spikegrad/estimator/e_prop.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/estimator/estimator_info.hpp"
#include "spikegrad/estimator/eventprop.hpp"
#include "spikegrad/estimator/exact.hpp"
#include "spikegrad/estimator/feedback_alignment.hpp"
#include "spikegrad/estimator/finite_difference.hpp"
#include "spikegrad/estimator/mean_field.hpp"
#include "spikegrad/estimator/multilayer_spiker.hpp"
#include "spikegrad/estimator/muprop.hpp"
#include "spikegrad/estimator/ottt.hpp"
#include "spikegrad/estimator/pfister.hpp"
#include "spikegrad/estimator/psa.hpp"
#include "spikegrad/estimator/reinmax.hpp"
#include "spikegrad/estimator/score_function.hpp"
#include "spikegrad/estimator/sltt.hpp"
#include "spikegrad/estimator/smoothed_derivative.hpp"
#include "spikegrad/estimator/stochastic_triple.hpp"
#include "spikegrad/estimator/straight_through.hpp"
#include "spikegrad/estimator/straight_through_gumbel.hpp"
#include "spikegrad/estimator/surrogate_gradient.hpp"
#include "spikegrad/estimator/truncated.hpp"
#include "spikegrad/estimator/weight_perturbation.hpp"

namespace spikegrad {
namespace {

constexpr std::array registry{
    estimator_info<ExactEnumeration>(),
    estimator_info<FiniteDifference>(),
    estimator_info<FiniteDifferenceCommon>(),
    estimator_info<ScoreFunction>(),
    estimator_info<ScoreRunningMean>(),
    estimator_info<ScoreLeaveOneOut>(),
    estimator_info<Counterfactual>(),
    estimator_info<CounterfactualSampled>(),
    estimator_info<StochasticTripleFull>(),
    estimator_info<StochasticTripleDirection>(),
    estimator_info<SmoothedDerivative>(),
    estimator_info<SurrogateGradient>(),
    estimator_info<StraightThrough>(),
    estimator_info<MeanField>(),
    estimator_info<Pfister>(),
    estimator_info<MultilayerSpiker>(),
    estimator_info<MuProp>(),
    estimator_info<Disarm>(),
    estimator_info<WeightPerturbation>(),
    estimator_info<Reinmax>(),
    estimator_info<StraightThroughGumbel>(),
    estimator_info<EProp>(),
    estimator_info<FeedbackAlignment>(),
    estimator_info<Ottt>(),
    estimator_info<Sltt>(),
    estimator_info<Truncated>(),
    estimator_info<PathSampleAnalytic>(),
    estimator_info<EventProp>(),
};

}  // namespace

std::span<const EstimatorInfo> estimators() {
  return registry;
}

const EstimatorInfo& find_estimator(std::string_view name, std::span<const EstimatorInfo> own) {
  std::vector<std::string_view> names;
  for (const auto& list : {std::span<const EstimatorInfo>(registry), own})
    for (const EstimatorInfo& info : list) {
      if (info.name == name) return info;
      names.push_back(info.name);
    }
  throw UserError("there is no estimator '" + std::string(name) + "'" + suggestion(name, names));
}

void check(const EstimatorInfo& info) {
  if (info.name.empty()) throw UserError("an estimator has no name");
  if (!info.make || !info.refuse || !info.passes)
    throw UserError("estimator '" + std::string(info.name) +
                    "': its description must have make, refuse and passes");
}

std::unique_ptr<Estimator> make_estimator(const EstimatorInfo& info, const EstimatorSettings& settings,
                                          Engine& engine, const std::string& where) {
  check(info);
  const std::string why = info.refuse(engine.objective(), settings);
  if (why.empty()) return info.make(settings, engine);
  std::string others;
  for (const EstimatorInfo& other : registry)
    if (other.refuse(engine.objective(), settings).empty())
      others.append(others.empty() ? "" : ", ").append(other.name);
  throw UserError(where + ": estimator \"" + std::string(info.name) + "\" cannot be used here: " + why +
                  (others.empty() ? "" : "; these can: " + others));
}

}  // namespace spikegrad
