// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "spikegrad/core/statistics.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f2_bias_map.hpp"
#include "spikegrad/findings/f2_two_units.hpp"
#include "spikegrad/findings/rule.hpp"

namespace spikegrad {
namespace {

TEST(BiasMap, OneLayerIsUnbiasedTwoAreNotAndAWrongSurrogateIsNoticed) {
  Progress quiet;
  const Model base = load_experiment("layers-binary");
  const auto cells = bias_cells(
      base, {{.depth = 1}, {.depth = 2}, {.depth = 1, .surrogate = SuperSpikeSurrogate{.beta = 20.0}}},
      {.nets = 60}, "test", quiet);
  EXPECT_LE(cells[0].relative_bias.value, rounding);
  EXPECT_EQ(Rule::above(0.0).judge("", "", cells[1].relative_bias).verdict, Verdict::holds);
  EXPECT_GT(cells[2].relative_bias.value, 0.1);  // planted: g is not f'
}

// The definition of docs/findings.md, written out: lengths summed over nets, then divided.
TEST(BiasMap, RelativeBiasIsTheSumOfBiasesOverTheSumOfTruths) {
  Progress quiet;
  const Model base = load_experiment("layers-binary");
  const StackSettings stack{.depth = 2, .beta = 8.0};
  double bias = 0.0, truth = 0.0, mean_of_ratios = 0.0;
  for (std::uint32_t net = 0; net < 3; ++net) {
    const Model model = random_stack(base, stack, 1, net);
    const auto exact = exact_gradient(model.problem()).gradient;
    auto apart = enumerate(model.problem(), find_estimator("surrogate"), model.estimator).gradient;
    for (std::size_t i = 0; i < apart.size(); ++i) apart[i] -= exact[i];
    bias += norm(apart);
    truth += norm(exact);
    mean_of_ratios += norm(apart) / norm(exact) / 3.0;
  }
  const Estimate measured = bias_cells(base, {stack}, {.nets = 3}, "test", quiet)[0].relative_bias;
  EXPECT_NEAR(measured.value, bias / truth, 1e-12);
  EXPECT_EQ(measured.repetitions, 3u);
  EXPECT_GT(std::abs(measured.value - mean_of_ratios), 1e-3);  // the test can tell the two apart
}

TEST(BiasMap, CellsWithTooManyHistoriesAreEmpty) {
  Progress quiet;
  const auto cells =
      bias_cells(load_experiment("layers-binary"), {{.depth = 2, .width = 4}, {.depth = 2, .width = 5}},
                 {.nets = 2, .most_spikes = 5}, "test", quiet);
  EXPECT_TRUE(std::isfinite(cells[0].cosine.value));
  EXPECT_TRUE(std::isnan(cells[1].cosine.value));
  EXPECT_TRUE(std::isnan(cells[1].relative_bias.value));
}

TEST(BiasMap, RateIsThatOfTheHiddenUnits) {
  Progress quiet;
  const auto cells = bias_cells(load_experiment("layers-binary"),
                                {{.hidden_threshold = -1000.0}, {.hidden_threshold = 1000.0}},
                                {.nets = 3, .rates = true}, "test", quiet);
  EXPECT_DOUBLE_EQ(cells[0].rate.value, 1.0);
  EXPECT_DOUBLE_EQ(cells[1].rate.value, 0.0);
}

TEST(BiasMap, DoesNotDependOnTheNumberOfThreads) {
  Progress quiet;
  const Model base = load_experiment("layers-lif");
  const std::vector<StackSettings> stacks{{.width = 1, .steps = 5}, {.width = 1, .beta = 2.0, .steps = 5}};
  const auto one = bias_cells(base, stacks, {.nets = 5, .threads = 1}, "test", quiet),
             two = bias_cells(base, stacks, {.nets = 5, .threads = 3}, "test", quiet);
  for (std::size_t c = 0; c < stacks.size(); ++c)
    EXPECT_EQ(one[c].relative_bias.value, two[c].relative_bias.value);
}

TEST(TwoUnits, MeasuredBiasIsTheCurvature) {
  Progress quiet;
  const TwoUnits two = measure_two_units({}, quiet);
  EXPECT_EQ(two.row.verdict, Verdict::holds) << two.row.value;
  EXPECT_NO_THROW(check(two.figure));
}

}  // namespace
}  // namespace spikegrad
