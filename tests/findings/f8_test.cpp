// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "spikegrad/findings/aligned_training.hpp"
#include "spikegrad/findings/f8_figures.hpp"

namespace spikegrad {
namespace {

AlignmentPlan small_alignment_plan() {
  return {.nets = {{.name = "one", .depth = 1, .checkpoints = {0, 2}},
                   {.name = "two", .checkpoints = {2}, .claimed = true}},
          .width = 6,
          .overrides = {"training.batch=20", "time.steps=20", "time.dt=5e-3"},
          .training_samples = 40,
          .samples = 8,
          .draws = 16,
          .truth_draws = 24,
          .estimators = {"surrogate", "straight-through"}};
}

AlignmentMeasurement measure(const AlignmentPlan& plan, std::size_t seeds, unsigned threads) {
  Progress quiet;
  AlignmentMeasurement measured;
  add_seeds(measured, 1, 1, plan, {.threads = threads}, quiet);
  add_seeds(measured, seeds, 2, plan, {.threads = threads}, quiet);
  return measured;
}

double readout_cosine(const Alignment& a) {
  return a.estimators[0].blocks.back().cosine.value;
}

TEST(AlignedTraining, MeasuresEveryNetSeedAndCheckpoint) {
  const AlignmentPlan plan = small_alignment_plan();
  const AlignmentMeasurement measured = measure(plan, 3, 2);
  ASSERT_EQ(measured.runs.size(), 2u);
  EXPECT_EQ(measured.blocks[1], (std::vector<std::string>{"x->h1", "h1->h2", "h2->o"}));
  ASSERT_EQ(measured.runs[0].size(), 2u);
  ASSERT_EQ(measured.runs[1].size(), 3u) << "the claims are of this one";
  EXPECT_EQ(measured.runs[0][1].size(), 2u);
  // Of the readout's weights the surrogate gradient is the truth.
  for (const AlignedRun& run : measured.runs[1]) EXPECT_NEAR(readout_cosine(run[0]), 1.0, 0.1);
  EXPECT_NE(measured.runs[0][0][0].loss, measured.runs[0][0][1].loss) << "it learned nothing in between";
  EXPECT_NE(measured.runs[0][0][0].loss, measured.runs[0][1][0].loss) << "two seeds are one";
  EXPECT_EQ(alignment_table(plan, measured).rows.size(), 5u);
  for (const Figure& figure : {course_figure(plan, measured, 0), slope_figure(plan, measured, {1}),
                               depth_figure(plan, measured, {0, 1}), rate_figure(plan, measured)})
    EXPECT_NO_THROW(check(figure)) << figure.id;
}

TEST(AlignedTraining, DoesNotDependOnTheNumberOfThreads) {
  const AlignmentPlan plan = small_alignment_plan();
  const AlignmentMeasurement one = measure(plan, 2, 1), three = measure(plan, 2, 3);
  for (std::size_t s = 0; s < 2; ++s) {
    EXPECT_EQ(one.runs[1][s][0].loss, three.runs[1][s][0].loss);
    EXPECT_EQ(readout_cosine(one.runs[1][s][0]), readout_cosine(three.runs[1][s][0]));
  }
}

// A mean over seeds leaves out those of which nothing is said, and is nothing where that is all of them.
TEST(AlignedTraining, SeedsWithoutADirectionAreLeftOut) {
  const std::vector<AlignedRun> runs(3);
  std::size_t k = 0;
  const Estimate two = over_aligned_seeds(
      runs, [&](const AlignedRun&) { return k++ == 1 ? std::nan("") : 0.5 + static_cast<double>(k); });
  EXPECT_EQ(two.repetitions, 2u);
  EXPECT_DOUBLE_EQ(two.value, 2.5);  // of 1.5 and 3.5
  EXPECT_TRUE(std::isnan(over_aligned_seeds(runs, [](const AlignedRun&) { return std::nan(""); }).value));
}

}  // namespace
}  // namespace spikegrad
