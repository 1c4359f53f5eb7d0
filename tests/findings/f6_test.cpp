// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f6_costs.hpp"
#include "spikegrad/findings/rule.hpp"

namespace spikegrad {
namespace {

Costs small_costs() {
  Progress quiet;
  return measure_costs(load_experiment("estimators-small"), 400, 0, {}, "test", quiet);
}

TEST(Costs, EveryEstimatorTakesPartAndUnbiasedOnesAgreeWithTheTruth) {
  const Costs costs = small_costs();
  EXPECT_EQ(costs.estimators.size() + 1, estimators().size());  // eventprop is for deterministic nets
  const double by_chance = largest_z_by_chance(costs.estimators.size() * costs.truth.gradient.size());
  for (const CostOfEstimator& e : costs.estimators) {
    EXPECT_EQ(e.blocks.size(), e.info->deterministic ? 1u : costs.blocks) << e.info->name;
    EXPECT_GT(costs.quality(e).seconds_per_sample, 0.0) << e.info->name;
    if (e.info->unbiased) {
      EXPECT_LT(largest_z(costs, e, 0, costs.truth.gradient.size()).z, by_chance) << e.info->name;
    }
  }
  // The same check sees a bias.
  EXPECT_GT(largest_z(costs, costs.of("surrogate"), 0, costs.truth.gradient.size()).z, by_chance);
  EXPECT_EQ(Rule::above(0.0).judge("", "", relative_bias(costs, costs.of("multilayer-spiker"))).verdict,
            Verdict::holds);
}

TEST(Costs, ComponentsWhoseNoiseIsNotKnownAreNotJudged) {
  SampledGradient sampled{.gradient = VectorMoments(2)};
  for (int i = 0; i < 1000; ++i)  // one sample of a thousand carries the first; the second is a fair coin
    sampled.gradient.add(std::vector<double>{i == 0 ? 1.0 : 0.0, i % 2 ? 1.0 : 0.0});
  const CostOfEstimator score{.info = &find_estimator("score"), .blocks = {sampled}};
  const auto z = [&](std::vector<double> truth) {
    Costs costs;
    costs.truth.gradient = truth;
    costs.truth_length = norm(truth);
    costs.blocks = 1;
    return largest_z(costs, score, 0, 2);
  };
  EXPECT_EQ(z({0.5, 0.5}).judged, 1u);
  EXPECT_LT(z({0.5, 0.5}).z, 1.0);
  EXPECT_GT(z({0.5, 0.0}).z, 10.0);
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

TEST(Costs, MoreBlocksAreThoseThatALongerMeasurementHas) {
  Progress quiet;
  const Model model = load_experiment("estimators-small");
  Costs costs = measure_costs(model, 50, 0, {}, "test", quiet);
  const auto before = costs.of("score").blocks;
  add_blocks(costs, 12, model, 50, {}, quiet);
  EXPECT_EQ(costs.blocks, 12u);
  const auto& after = costs.of("score").blocks;
  ASSERT_EQ(after.size(), 12u);
  EXPECT_EQ(costs.of("exact").blocks.size(), 1u);
  for (std::size_t b = 0; b < before.size(); ++b)
    EXPECT_EQ(before[b].gradient.mean(), after[b].gradient.mean());
  EXPECT_NE(after[10].gradient.mean(), after[11].gradient.mean());
  EXPECT_NE(after[10].gradient.mean(), after[0].gradient.mean());
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
