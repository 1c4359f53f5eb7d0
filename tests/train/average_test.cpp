// SPDX-License-Identifier: Apache-2.0
// The average of the weights that [training] average asks for; and settings of augmentation that a run refuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

using testing::DataTrainer;
using testing::labelled_task;
using testing::task_model;
using testing::trainer_refusal;

TEST(Warp, RefusesAWarpThatWouldFold) {
  const SpikeData data = labelled_task(48);
  EXPECT_EQ(
      trainer_refusal(task_model("", {"augmentation.channel_warp=1.5", "augmentation.time_warp=5e-3"}), data),
      "no error");
  EXPECT_NE(trainer_refusal(task_model("", {"augmentation.channel_warp=1.6"}), data)
                .find("eighth of the channels, 1.5"),
            std::string::npos);
  EXPECT_NE(
      trainer_refusal(task_model("", {"augmentation.time_warp=6e-3"}), data).find("eighth of the run, 0.005"),
      std::string::npos);
}

TEST(Average, TheAverageOfTheWeightsIsJudgedAndKeptAndGoesOn) {
  const SpikeData data = labelled_task(48);
  const Model model = task_model("", {"training.average=0.5", "training.epochs=3"});
  DataTrainer trainer(model, data, {});
  std::vector<double> average = model.parameters;
  for (int n = 0; n < 2; ++n) {  // one update an epoch
    const double kept = std::min(0.5, (1.0 + n) / (10.0 + n));
    trainer->epoch(no_progress());
    for (std::size_t w = 0; w < average.size(); ++w)
      average[w] = kept * average[w] + (1.0 - kept) * trainer->parameters()[w];
  }
  const auto judged = trainer->judged_parameters();
  for (std::size_t w = 0; w < average.size(); ++w) EXPECT_NEAR(judged[w], average[w], 1e-12);
  EXPECT_FALSE(std::equal(judged.begin(), judged.end(), trainer->parameters().begin()));

  // The present weights neither validate nor stay.
  Model plain = model;
  plain.training.average = 0.0;
  DataTrainer one(model, data, {}), other(plain, data, {});
  const EpochMetrics averaged = one->epoch(no_progress()), present = other->epoch(no_progress());
  EXPECT_EQ(averaged.training.loss, present.training.loss);
  EXPECT_NE(averaged.validation.loss, present.validation.loss);

  const Archive saved = trainer->save();
  const auto last = [&](DataTrainer& from) {
    const EpochMetrics metrics = from->epoch(no_progress());
    return std::pair(metrics.validation.loss, chosen_parameters(model, from->save()));
  };
  DataTrainer again(model, data, {});
  again->restore(saved);
  EXPECT_EQ(last(again), last(trainer));

  Model to_the_end = model;
  to_the_end.training.select = Selection::last;
  EXPECT_EQ(chosen_parameters(to_the_end, trainer->save()),
            std::vector<double>(trainer->judged_parameters().begin(), trainer->judged_parameters().end()));
}

}  // namespace
}  // namespace spikegrad
