// SPDX-License-Identifier: Apache-2.0
// Nets that judge together: their probabilities are those of the loss, and the largest mean answers.
#include "spikegrad/train/ensemble.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "spikegrad/core/error.hpp"
#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

using testing::labelled_task;
using testing::task_model;

TEST(Ensemble, ProbabilitiesAreThoseOfTheLoss) {
  const SpikeData data = labelled_task(30);
  for (const char* loss : {"cross-entropy-max", "cross-entropy-mean", "cross-entropy-softmax-sum"}) {
    const Model model =
        task_model("", {"loss.kind=" + std::string(loss), "population.h.output=deterministic"});
    const DataTask task(model, data);
    const Evaluation judged = evaluate(model, model.parameters, task, {});
    const Grid<double> p = class_probabilities(model, model.parameters, task);
    ASSERT_EQ(p.rows(), 30u);
    for (std::size_t i = 0; i < 30; ++i) {
      EXPECT_NEAR(-std::log(p[i][data.labels[i]]), judged.losses[i], 1e-5) << loss;
      EXPECT_NEAR(p[i][0] + p[i][1] + p[i][2], 1.0, 1e-12);
    }
    EXPECT_NEAR(judge_ensemble({p}, task).accuracy, judged.accuracy, 1e-12);
    EXPECT_NEAR(judge_ensemble({p}, task).of_nets.at(0), judged.accuracy, 1e-12);
  }
}

TEST(Ensemble, TrialsAreAveraged) {
  const SpikeData data = labelled_task(6);
  const Model model = task_model();
  const DataTask task(model, data);
  const Grid<double> once = class_probabilities(model, model.parameters, task, {.trials = 1}),
                     often = class_probabilities(model, model.parameters, task, {.trials = 50});
  EXPECT_NE(once, often);
  EXPECT_NEAR(often[0][0] + often[0][1] + often[0][2], 1.0, 1e-12);
}

TEST(Ensemble, TheLargestMeanAnswers) {
  const SpikeData data = labelled_task(3);  // labels 0, 1, 2; one speaker
  const Model model = task_model();
  const DataTask task(model, data);
  Grid<double> sure(3, 3), unsure(3, 3);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      sure[i][c] = c == i ? 0.9 : 0.05;             // right everywhere
      unsure[i][c] = c == (i + 1) % 3 ? 0.4 : 0.3;  // wrong everywhere
    }
  const EnsembleJudgement both = judge_ensemble({unsure, sure}, task);
  EXPECT_EQ(both.of_nets, (std::vector{0.0, 1.0}));
  EXPECT_EQ(both.accuracy, 1.0);
  EXPECT_EQ(both.confusion[2][2], 1u);
  ASSERT_EQ(both.speakers.size(), 1u);
  EXPECT_EQ(both.speakers[0].samples, 3u);
  // Two that are wrong by little outvote nobody; by much they do.
  Grid<double> wrong = unsure;
  for (double& p : wrong.flat()) p = p == 0.4 ? 1.0 : 0.0;
  EXPECT_EQ(judge_ensemble({wrong, sure}, task).accuracy, 0.0);
}

TEST(Ensemble, RefusesNetsThatDoNotGoTogether) {
  const SpikeData data = labelled_task(3);
  const Model model = task_model();
  const DataTask task(model, data);
  EXPECT_THROW(judge_ensemble({}, task), UserError);
  EXPECT_THROW(judge_ensemble({Grid<double>(3, 3), Grid<double>(3, 4)}, task), UserError);
  EXPECT_THROW(judge_ensemble({Grid<double>(2, 3)}, task), UserError);
}

}  // namespace
}  // namespace spikegrad
