// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f2_bias_map.hpp"
#include "spikegrad/findings/f2_two_units.hpp"

namespace spikegrad {
namespace {

TEST(BiasMap, OneLayerIsUnbiasedTwoAreNotAndAWrongSurrogateIsNoticed) {
  Progress quiet;
  const Model base = load_experiment("layers-binary");
  const auto cells = bias_cells(
      base, {{.depth = 1}, {.depth = 2}, {.depth = 1, .surrogate = SuperSpikeSurrogate{.beta = 20.0}}},
      {.nets = 60}, "test", quiet);
  EXPECT_LE(cells[0].pooled_bias, rounding);
  EXPECT_TRUE(exceeds(cells[1].relative_bias));
  EXPECT_GT(cells[2].pooled_bias, 0.1);  // planted: g is not f'
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
  EXPECT_TRUE(two.row.holds) << two.row.value;
  EXPECT_NO_THROW(check(two.figure));
}

}  // namespace
}  // namespace spikegrad
