// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/session.hpp"

#include <gtest/gtest.h>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/ranks.hpp"
#include "spikegrad/train/saved_run.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/thread_ranks.hpp"
#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

Model model_of(std::size_t epochs) {
  Model model = testing::code_made_model();
  model.training.epochs = epochs;
  model.training.batch = 16;
  return model;
}

TrainingSession::Data data_of(std::uint64_t seed = 1) {
  return std::make_shared<SpikeData>(testing::labelled_task(60, seed));
}

/// Weights at the end; stops by Interrupted after so many epochs.
std::vector<double> trained(TrainingSession& session, std::size_t stop_after = 100) {
  std::size_t epochs = 0;
  try {
    session.run({}, no_progress(), [&](const EpochMetrics&) {
      if (++epochs == stop_after) throw Interrupted();
    });
  } catch (const Interrupted&) {
  }
  const auto best = session.trainer().best_parameters();
  return {best.begin(), best.end()};
}

TEST(Session, OneThatStopsAndGoesOnEndsAsOneThatDoesNot) {
  const Scratch scratch;
  TrainingSession nowhere = TrainingSession::begin(model_of(4), data_of(), {}, {});
  EXPECT_EQ(nowhere.directory(), nullptr);
  const std::vector<double> whole = trained(nowhere);
  {
    TrainingSession first = TrainingSession::begin(model_of(4), data_of(), {}, scratch / "run",
                                                   [](RunDescription& info) { info.model = "mine"; });
    trained(first, 2);
  }
  EXPECT_EQ(load_run(scratch / "run").info.model, "mine");
  TrainingSession second =
      TrainingSession::resume(scratch / "run", {}, 1, [](const Model&, const RunData& given) {
        EXPECT_EQ(given.samples, 60u);
        return data_of();
      });
  EXPECT_EQ(second.trainer().state().epoch, 2.0);
  EXPECT_EQ(trained(second), whole);
}

TEST(Session, RanksEndAsOneProcessAndTheFirstAloneWrites) {
  const Scratch scratch;
  const EngineSettings alone{EngineKind::reference, 1};  // groups of 8: two in a batch of 16
  TrainingSession nowhere = TrainingSession::begin(model_of(4), data_of(), alone, {});
  const std::vector<double> whole = trained(nowhere);
  testing::run_ranks(3, [&](Ranks& ranks) {
    TrainingSession session =
        TrainingSession::begin(model_of(4), data_of(), {EngineKind::reference, 1, &ranks}, scratch / "run");
    EXPECT_EQ(session.directory() != nullptr, ranks.rank() == 0);
    trained(session, 2);
  });
  testing::run_ranks(2, [&](Ranks& ranks) {
    TrainingSession session = TrainingSession::resume(
        scratch / "run", {}, 1, [](const Model&, const RunData&) { return data_of(); }, {}, {}, &ranks);
    EXPECT_EQ(trained(session), whole);
  });
  EXPECT_EQ(load_run(scratch / "run").parameters, whole);
}

TEST(Session, RefusesRanksThatDoNotBeginAlike) {
  const auto begin = [](const std::function<Model(std::size_t)>& model,
                        const std::function<std::uint64_t(std::size_t)>& data) {
    testing::run_ranks(2, [&](Ranks& ranks) {
      TrainingSession::begin(model(ranks.rank()), data_of(data(ranks.rank())), {EngineKind::cpu, 1, &ranks},
                             {});
    });
  };
  const auto same_model = [](std::size_t) { return model_of(2); };
  const auto same_data = [](std::size_t) { return std::uint64_t{1}; };
  begin(same_model, same_data);
  EXPECT_THROW(begin(same_model, [](std::size_t rank) { return rank + 1; }), UserError);
  EXPECT_THROW(begin([](std::size_t rank) { return model_of(2 + rank); }, same_data), UserError);
  const auto other_weights = [](std::size_t rank) {
    Model model = model_of(2);
    model.parameters[0] += static_cast<double>(rank);
    return model;
  };
  EXPECT_THROW(begin(other_weights, same_data), UserError);
}

TEST(Session, RefusesBeforeAnythingIsWritten) {
  const Scratch scratch;
  Model model = model_of(2);
  model.training.estimator = "exact";
  EXPECT_THROW(TrainingSession::begin(model, data_of(), {}, scratch / "run"), UserError);
  EXPECT_THROW(TrainingSession::begin(model_of(2), nullptr, {}, scratch / "run"), UserError);
  EXPECT_FALSE(std::filesystem::exists(scratch / "run"));
}

TEST(Session, GoesOnWithItsOwnDataAndSettingsAlone) {
  const Scratch scratch;
  TrainingSession first = TrainingSession::begin(model_of(1), data_of(), {}, scratch / "run");
  trained(first);
  const auto resume = [&](std::vector<std::string> overrides, std::uint64_t seed) {
    return TrainingSession::resume(scratch / "run", overrides, 1,
                                   [&](const Model&, const RunData&) { return data_of(seed); });
  };
  EXPECT_THROW(resume({}, 1), UserError) << "the first holds the folder";
  first = TrainingSession::begin(model_of(1), data_of(), {}, {});
  EXPECT_THROW(resume({}, 2), UserError);
  EXPECT_THROW(resume({"training.batch=3"}, 1), UserError);
  TrainingSession second = resume({"training.epochs=3"}, 1);
  trained(second);
  EXPECT_EQ(load_run(scratch / "run").epochs.size(), 3u);
}

}  // namespace
}  // namespace spikegrad
