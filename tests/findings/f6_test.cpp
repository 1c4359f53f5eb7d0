// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f6_costs.hpp"

namespace spikegrad {
namespace {

Costs small_costs() {
  Progress quiet;
  return measure_costs(load_experiment("estimators-small"), 400, 0, {}, "test", quiet);
}

TEST(Costs, EveryEstimatorTakesPartAndUnbiasedOnesAgreeWithTheTruth) {
  const Costs costs = small_costs();
  EXPECT_EQ(costs.estimators.size(), estimators().size());
  for (const CostOfEstimator& e : costs.estimators) {
    EXPECT_EQ(e.blocks.size(), e.info->deterministic ? 1u : costs.blocks) << e.info->name;
    EXPECT_GT(costs.quality(e).seconds_per_sample, 0.0) << e.info->name;
    if (e.info->unbiased) {
      EXPECT_LT(largest_z(costs, e, 0, costs.truth.gradient.size()), significant) << e.info->name;
    }
  }
  // The same check sees a bias.
  EXPECT_GT(largest_z(costs, costs.of("surrogate"), 0, costs.truth.gradient.size()), significant);
  EXPECT_TRUE(exceeds(relative_bias(costs, costs.of("multilayer-spiker"))));
}

TEST(Costs, APartHasItsBlocksAndAWiderError) {
  const Costs costs = small_costs(), part = part_of(costs, 2, 5);
  EXPECT_EQ(part.blocks, 3u);
  EXPECT_EQ(part.of("score").blocks.size(), 3u);
  EXPECT_EQ(part.of("exact").blocks.size(), 1u);
  EXPECT_EQ(3 * part.quality(part.of("score")).samples * costs.blocks,
            part.blocks * costs.quality(costs.of("score")).samples * 3);
  EXPECT_GT(norm(part.quality(part.of("score")).std_error), norm(costs.quality(costs.of("score")).std_error));
}

TEST(Costs, SamplesDependOnTheDefinitionOfAnEstimatorAlone) {
  const Model model = load_experiment("estimators-small");
  const auto passes = [&](std::string_view name) {
    return forward_passes(find_estimator(name), model.problem(), model.estimator);
  };
  EXPECT_EQ(passes("surrogate"), 1u);
  EXPECT_EQ(passes("counterfactual"), 1u + 12u / 2u);
  EXPECT_EQ(passes("finite-difference-crn"), 1u + 2u * 12u);
}

}  // namespace
}  // namespace spikegrad
