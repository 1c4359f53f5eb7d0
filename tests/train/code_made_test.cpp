// SPDX-License-Identifier: Apache-2.0
// Models, data and tasks that a program makes in code: trained, judged, kept, and refused where they do not go
// together.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/proportion.hpp"
#include "spikegrad/estimator/estimator_info.hpp"
#include "spikegrad/network/initialiser.hpp"
#include "spikegrad/train/evaluation.hpp"
#include "spikegrad/train/fit.hpp"
#include "spikegrad/train/saved_run.hpp"
#include "tests/support/scratch.hpp"
#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

using testing::code_made_model, testing::labelled_task;

TEST(CodeMade, AModelOfADataSetNeedsNoInput) {
  const SpikeData data = labelled_task(60);
  const Model model = code_made_model();
  ASSERT_TRUE(model.input.values.empty());
  const FitResult result = fit(model, data);
  EXPECT_EQ(result.epochs.size(), 2u);
  EXPECT_NE(result.parameters, model.parameters);
  EXPECT_EQ(evaluate(model, result.parameters, data).samples, 60u);
  EXPECT_EQ(parse_model(to_toml(model), "written").parameters, model.parameters);
}

TEST(CodeMade, WhatFitKeepsInAFolderIsReadBack) {
  const Scratch scratch;
  const SpikeData data = labelled_task(60);
  const Model model = code_made_model();
  const FitResult plain = fit(model, data), kept = fit(model, data, {.folder = scratch / "run"});
  EXPECT_EQ(kept.parameters, plain.parameters);
  const SavedRun run = load_run(scratch / "run");
  EXPECT_EQ(run.parameters, kept.parameters);
  EXPECT_EQ(run.epochs.size(), 2u);
  EXPECT_EQ(run.model.parameters, model.parameters);
  EXPECT_EQ(run.info.data->training, data.source);
  EXPECT_EQ(run.info.data->samples, 60u);
  EXPECT_GE(run.epoch, 1u);
  EXPECT_TRUE(run.refused.empty());
  EXPECT_THROW(fit(model, data, {.folder = scratch / "run"}), UserError);
  EXPECT_THROW(load_run(scratch / "none"), UserError);
}

TEST(CodeMade, JsonOfAJudgement) {
  const SpikeData data = labelled_task(30);
  const Model model = code_made_model();
  const DataTask task(model, data);
  const auto json = nlohmann::json::parse(to_json(evaluate(model, model.parameters, task), task, "run"));
  EXPECT_EQ(json["run"], "run");
  EXPECT_EQ(json["samples"], 30);
  EXPECT_EQ(json["classes"].size(), 3u);
  EXPECT_EQ(json["confusion"].size(), 3u);
  EXPECT_EQ(json["populations"][0]["name"], "h");
}

TEST(CodeMade, ASpeakersAccuracyIsThatOfItsSamplesAlone) {
  SpikeData data = labelled_task(30);
  const Model model = code_made_model();
  const EvaluationSettings settings{.trials = 3, .activity_samples = 0};
  const Evaluation all = evaluate(model, model.parameters, data, settings);
  ASSERT_EQ(all.speakers.size(), 4u);
  std::size_t samples = 0;
  for (const SpeakerAccuracy& speaker : all.speakers) {
    double right = 0.0;
    std::size_t own = 0;
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (data.speakers[i] != speaker.speaker) continue;
      right += all.votes[i][data.labels[i]] / 3.0;
      ++own;
    }
    samples += speaker.samples;
    EXPECT_EQ(speaker.samples, own);
    EXPECT_NEAR(speaker.accuracy, right / static_cast<double>(own), 1e-12);
    EXPECT_EQ(speaker.interval, wilson_interval(speaker.accuracy, static_cast<double>(own)));
  }
  EXPECT_EQ(samples, 30u);
  const DataTask task(model, data);
  const auto json = nlohmann::json::parse(to_json(all, task));
  ASSERT_EQ(json["speakers"].size(), 4u);
  EXPECT_EQ(json["speakers"][1]["speaker"], 1);
  EXPECT_EQ(json["speakers"][1]["accuracy"], all.speakers[1].accuracy);

  data.speakers.clear();
  const Evaluation unknown = evaluate(model, model.parameters, data, settings);
  EXPECT_TRUE(unknown.speakers.empty());
  EXPECT_EQ(unknown.accuracy, all.accuracy);
  EXPECT_FALSE(nlohmann::json::parse(to_json(unknown, DataTask(model, data))).contains("speakers"));
}

/// The registry's surrogate gradient under another name.
struct Own : MethodDefaults {
  static constexpr std::string_view name = "own", summary = "", bias = "", source = "";
  static LearningSignal signal(const EstimatorSettings&, const Objective&) {
    return {.pseudo = PseudoDerivative::surrogate};
  }
};

TEST(CodeMade, AnEstimatorOfTheCallersTrains) {
  const Scratch scratch;
  const SpikeData data = labelled_task(60);
  const Model model = code_made_model();
  EstimatorInfo own = estimator_info<Own>();
  EXPECT_EQ(fit(model, data, {.estimator = &own}).parameters, fit(model, data).parameters);
  EXPECT_THROW(fit(model, data, {.folder = scratch / "run", .estimator = &own}), UserError);
  own.refuse = [](const Objective&, const EstimatorSettings&) { return std::string("not today"); };
  EXPECT_NE(refusal([&] { fit(model, data, {.estimator = &own}); }).find("not today"), std::string::npos);
}

TEST(CodeMade, PartsThatDoNotGoTogetherAreRefused) {
  const SpikeData data = labelled_task(60);
  const auto refused = [&](const auto& change, const std::string& says) {
    Model model = code_made_model();
    change(model);
    const std::string why = refusal([&] { fit(model, data); });
    EXPECT_NE(why.find(says), std::string::npos) << why;
  };
  refused([](Model& m) { m.data->population = 1; }, "which is no input");
  refused([](Model& m) { m.data->population = 9; }, "which is no input");
  refused(
      [](Model& m) {
        m.loss = LinearLoss{1, Grid<double>(testing::task_steps, 8)};
      },
      "a data set has labels");
  refused([](Model& m) { m.parameters.pop_back(); }, "as many as the network has");
  refused([](Model& m) { m.parameters[0] = std::nan(""); }, "finite");
  refused([](Model& m) { m.training.batch = 0; }, "batch must be 1 or more");
  refused([](Model& m) { m.training.validation = std::nan(""); }, "validation");
  refused([](Model& m) { m.training.gradient_clip = -1.0; }, "gradient_clip must be a number of 0 or more");
  refused([](Model& m) { m.estimator.step = 0.0; }, "[estimator] step must be a number above 0");
  refused([](Model& m) { m.augmentation.drop = 2.0; }, "[augmentation] drop must be a number from 0 to 1");
  refused([](Model& m) { m.augmentation.channel_gain = 9.0; }, "channel_gain must be at most 3");
  Model broken = code_made_model();
  broken.parameters.clear();
  EXPECT_THROW(to_toml(broken), UserError);
}

TEST(CodeMade, DataThatDoNotFitAreRefused) {
  const Model model = code_made_model();
  const auto refused = [&](const auto& change) {
    SpikeData data = labelled_task(60);
    change(data);
    EXPECT_THROW(fit(model, data), UserError);
    EXPECT_THROW(evaluate(model, model.parameters, data), UserError);
  };
  refused([](SpikeData& d) { d.labels[0] = 3; });
  refused([](SpikeData& d) { d.class_names.resize(4, "more"); });
  refused([](SpikeData& d) { d.time.steps = 10; });
  refused([](SpikeData& d) { d.units[0] = 12; });
  refused([](SpikeData& d) { d = {.source = "empty", .time = d.time}; });
}

TEST(CodeMade, EvaluationChecksWhatItIsGiven) {
  const SpikeData data = labelled_task(30);
  const Model model = code_made_model();
  std::vector<double> w = model.parameters;
  EXPECT_THROW(evaluate(model, w, data, {.trials = 0}), UserError);
  EXPECT_THROW(evaluate(model, w, data, {.activity_trials = 0}), UserError);
  EXPECT_NO_THROW(evaluate(model, w, data, {.activity_samples = 0, .activity_trials = 0}));
  w[0] = INFINITY;
  EXPECT_THROW(evaluate(model, w, data), UserError);
  w.pop_back();
  EXPECT_THROW(evaluate(model, w, data), UserError);
}

/// A task whose split names what it has not.
struct OwnTask final : Task {
  OwnTask(const Model& model, const SpikeData& data, Split of) : task(model, data), parts(std::move(of)) {}
  std::size_t size() const override { return task.size(); }
  Sample sample(std::size_t i) const override { return task.sample(i); }
  Split split() const override { return parts; }
  const std::string& source() const override { return task.source(); }
  std::size_t bytes() const override { return task.bytes(); }
  DataTask task;
  Split parts;
};

TEST(CodeMade, ATaskOfTheCallersIsChecked) {
  const SpikeData data = labelled_task(30);
  const Model model = code_made_model();
  OwnTask whole(model, data, {.training = {0, 1, 2}, .validation = {3}}), none(model, data, {}),
      beyond(model, data, {.training = {0}, .validation = {30}});
  EXPECT_EQ(fit(model, whole).epochs.size(), 2u);
  EXPECT_THROW(fit(model, none), UserError);
  EXPECT_THROW(fit(model, beyond), UserError);
}

}  // namespace
}  // namespace spikegrad
