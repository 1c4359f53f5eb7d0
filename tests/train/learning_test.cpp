// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/learning.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

using testing::DataTrainer;
using testing::labelled_task;
using testing::task_model;
using testing::trainer_refusal;
using Names = std::vector<std::string>;

constexpr const char* deterministic = "population.h.output=deterministic";

TEST(Learning, BlocksWithoutAGradientAreKnownBeforehand) {
  const Model drawn = task_model(), fixed = task_model("", {deterministic});
  for (const EstimatorInfo& info : estimators()) {
    if (!info.refuse(drawn.objective(), drawn.estimator).empty()) continue;
    EXPECT_EQ(blocks_without_gradient(drawn, info), Names()) << info.name;
    if (!info.refuse(fixed.objective(), fixed.estimator).empty()) continue;
    const bool differences = info.name.starts_with("finite-difference") || info.name == "weight-perturbation",
               carries = info.name == "surrogate" || info.name == "straight-through" ||
                         info.name == "e-prop" || info.name == "feedback-alignment" || info.name == "ottt" ||
                         info.name == "sltt" || info.name == "truncated" ||
                         info.name == "multilayer-spiker" || info.name == "eventprop";
    EXPECT_EQ(blocks_without_gradient(fixed, info),
              differences || carries ? Names() : (Names{"x->h", "h->h"}))
        << info.name;
  }
}

/// What is said to have no gradient has none, and the rest has one.
TEST(Learning, TheGradientIsWhatWasSaid) {
  const SpikeData data = labelled_task(24);
  for (const std::string estimator : {"score", "surrogate", "counterfactual-k", "smoothed"})
    for (const bool fixed : {false, true}) {
      const Model model =
          task_model("estimator = \"" + estimator + "\"", fixed ? Names{deterministic} : Names{});
      const Names still = blocks_without_gradient(model, find_estimator(estimator));
      DataTrainer trainer(model, data);
      trainer->update();
      for (const ParameterBlock& block : model.network.blocks()) {
        bool moved = false;
        for (std::size_t k = block.offset; k < block.offset + block.size; ++k)
          moved |= trainer->parameters()[k] != model.parameters[k];
        EXPECT_EQ(moved, std::find(still.begin(), still.end(), block.name) == still.end())
            << estimator << " " << fixed << " " << block.name;
      }
    }
}

TEST(Learning, NothingToLearnIsRefused) {
  const SpikeData data = labelled_task(24);
  const auto refusal = [&](const Model& model) { return trainer_refusal(model, data); };
  EXPECT_NE(refusal(task_model("learning_rates = [0.0, 0.0, 0.0]")).find("all are 0"), std::string::npos);
  const std::string why =
      refusal(task_model("estimator = \"score\"\nlearning_rates = [0.1, 0.1, 0.0]", {deterministic}));
  EXPECT_NE(why.find("gives no gradient to x->h, h->h, and the learning rate of h->o is 0"),
            std::string::npos)
      << why;
  EXPECT_NE(why.find("these give one: surrogate"), std::string::npos) << why;
  EXPECT_EQ(refusal(task_model("learning_rates = [0.0, 0.0, 0.0]", {"training.epochs=0"})), "no error");
}

TEST(Learning, WhatWillNotLearnIsSaid) {
  const SpikeData data = labelled_task(24);
  const auto warnings = [&](const Model& model) {
    DataTrainer trainer(model, data);
    std::string all;
    for (const std::string& text : trainer->warnings()) all += text + "\n";
    return all;
  };
  EXPECT_EQ(warnings(task_model()), "");
  EXPECT_NE(warnings(task_model("estimator = \"score\"", {deterministic})).find("x->h, h->h will not learn"),
            std::string::npos);
  EXPECT_NE(
      warnings(task_model("learning_rates = [0.1, 0.0, 0.1]")).find("h->h will not learn: the learning rate"),
      std::string::npos);
  const std::string silent = warnings(task_model("", {deterministic, "population.h.threshold=1e4"}));
  EXPECT_NE(silent.find("population 'h' is silent: none of its"), std::string::npos) << silent;
}

}  // namespace
}  // namespace spikegrad
