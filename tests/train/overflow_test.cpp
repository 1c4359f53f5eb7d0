// SPDX-License-Identifier: Apache-2.0
// Training that leaves the range of its numbers: it says where, and the run keeps what was learned before.
#include "spikegrad/train/overflow.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/reference/forward.hpp"
#include "spikegrad/train/fit.hpp"
#include "spikegrad/train/saved_run.hpp"
#include "tests/support/scratch.hpp"
#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

using testing::DataTrainer;
using testing::labelled_task;
using testing::task_model;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What the first epoch says; the state must be what it was before the update that failed.
std::string failure(const Model& model, const EngineSettings& settings = {}) {
  const SpikeData data = labelled_task(24);
  DataTrainer trainer(model, data, settings);
  try {
    trainer->update();
  } catch (const NotFinite& error) {
    EXPECT_EQ(trainer->state().update, 0.0);
    EXPECT_TRUE(std::equal(model.parameters.begin(), model.parameters.end(), trainer->parameters().begin()));
    return error.what();
  }
  return "no error";
}

TEST(Overflow, APotentialIsNamedWithItsStep) {
  // A spike of step t reaches the potential in step t + 2.
  Model model = task_model();
  const std::size_t unit = 5;
  for (std::size_t j = 0; j < 12; ++j) model.parameters[unit * 12 + j] = 3e38;
  const std::string text = failure(model);
  EXPECT_TRUE(contains(text, "task.toml: in epoch 1 the ")) << text;
  EXPECT_TRUE(contains(text, "potential of h[5] in step ")) << text;
  EXPECT_TRUE(contains(text, "single precision")) << text;
  EXPECT_TRUE(contains(failure(model, {EngineKind::reference}), "no error"));
}

TEST(Overflow, ASignalIsNamedWithItsStepAndTheEngineThatHoldsIt) {
  // Straight-through signals grow by the recurrent weights with every step back.
  Model model = task_model("estimator = \"straight-through\"");
  for (std::size_t k = 12 * 16; k < (12 + 16) * 16; ++k) model.parameters[k] = 1e9;
  const std::string text = failure(model);
  EXPECT_TRUE(contains(text, "going backward, the signal at h[")) << text;
  EXPECT_TRUE(contains(text, "] in step ")) << text;
  EXPECT_TRUE(contains(text, "--engine reference holds it")) << text;
  EXPECT_EQ(failure(model, {EngineKind::reference}), "no error");
}

TEST(Overflow, TriplesNameTheUnitThatHasNoProbability) {
  Model model = task_model("estimator = \"stochastic-triple-direction\"");
  for (std::size_t j = 0; j < 12; ++j) model.parameters[3 * 12 + j] = j % 2 ? 1e308 : -1e308;
  for (std::size_t j = 0; j < 12; ++j) model.parameters[3 * 12 + j] *= 1.5;
  const std::string text = failure(model, {EngineKind::reference});
  EXPECT_TRUE(contains(text, "task.toml: in epoch 1 the potential of h[3] overflows in step ")) << text;
}

TEST(Overflow, ARunKeepsWhatItHadLearned) {
  const Scratch scratch;
  const SpikeData data = labelled_task(24);
  // A rate that carries the weights out of range after a few epochs.
  const Model model =
      task_model("select = \"last\"\nestimator = \"straight-through\"",
                 {"training.optimiser=sgd", "training.epochs=300", "training.learning_rate=0.1",
                  "training.batch=6", "connection.h->h.init={kind=\"normal\",std=1.5}"});
  EXPECT_THROW(fit(model, data, {.folder = scratch / "run"}), NotFinite);
  const SavedRun run = load_run(scratch / "run");
  for (const double w : run.parameters) EXPECT_TRUE(std::isfinite(w));
  EXPECT_NE(run.parameters, model.parameters);
}

TEST(Overflow, OfTheFirstUpdateNothingIsKept) {
  const Scratch scratch;
  const SpikeData data = labelled_task(24);
  Model model = task_model();
  for (std::size_t j = 0; j < 12; ++j) model.parameters[j] = 3e38;
  EXPECT_THROW(fit(model, data, {.folder = scratch / "run"}), NotFinite);
  EXPECT_THROW(load_run(scratch / "run"), UserError);
  EXPECT_NO_THROW(fit(task_model(), data, {.folder = scratch / "run"}));  // the folder is free
}

}  // namespace
}  // namespace spikegrad
