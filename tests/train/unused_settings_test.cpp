// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/unused_settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

using testing::task_model;

std::string notes_of(const Model& model) {
  std::string all;
  for (const std::string& text : unused_settings(model, find_estimator(model.training.estimator)))
    all += text + "\n";
  return all;
}

TEST(UnusedSettings, EachIsNamedWithItsReason) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"training.decay=0.5"}, "decay has no effect: it is for the schedules step and plateau"},
      {{"training.decay_epochs=3"}, "decay_epochs has no effect"},
      {{"training.beta1=0.8"},
       "beta1 has no effect: it is for adam and adamw, and the optimiser is \"smorms3\""},
      {{"training.learning_rates=[0.1, 0.1, 0.1]"}, "learning_rate has no effect"},
      {{"training.trials=3", "population.h.output=deterministic"}, "trials has no effect"},
      {{"training.validation=0", "training.split=random"}, "split has no effect: validation is 0"},
      {{"training.validation=0", "training.select=loss"}, "select has no effect"},
  };
  for (const auto& [overrides, says] : cases) {
    const std::string notes = notes_of(task_model("", overrides));
    EXPECT_NE(notes.find(says), std::string::npos) << overrides[0] << ": " << notes;
    EXPECT_EQ(std::count(notes.begin(), notes.end(), '\n'), 1) << notes;
  }
}

TEST(UnusedSettings, WhatHasAnEffectIsNotNamed) {
  EXPECT_EQ(notes_of(task_model()), "");
  EXPECT_EQ(notes_of(task_model("schedule = \"plateau\"\ndecay = 0.5\ndecay_epochs = 3")), "");
  EXPECT_EQ(notes_of(task_model("beta1 = 0.8", {"training.optimiser=adam"})), "");
  EXPECT_EQ(notes_of(task_model("trials = 3")), "");
  EXPECT_EQ(
      notes_of(task_model("trials = 3", {"population.h.output=deterministic", "population.h.dropout=0.1"})),
      "");
}

}  // namespace
}  // namespace spikegrad
