// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/trainer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "spikegrad/train/evaluation.hpp"
#include "spikegrad/train/run.hpp"
#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

using testing::DataTrainer;
using testing::labelled_task;
using testing::task_model;
using testing::trainer_refusal;

EpochMetrics epoch(DataTrainer& trainer) {
  return trainer->epoch(no_progress());
}

std::vector<double> weights(DataTrainer& trainer) {
  return {trainer->parameters().begin(), trainer->parameters().end()};
}

std::vector<double> trained(const Model& model, const SpikeData& data, const EngineSettings& settings) {
  DataTrainer trainer(model, data, settings);
  while (!trainer->finished()) epoch(trainer);
  return weights(trainer);
}

/// Delays to learn.
Model delayed_task(const std::string& training = "", std::vector<std::string> overrides = {}) {
  for (const std::string connection : {"x->h", "h->o"})
    for (const std::string setting : {"learn_delays=true", "max_delay=6e-3"})
      overrides.push_back("connection." + connection + "." + setting);
  return task_model(training, overrides);
}

/// Adaptive thresholds, and time constants to learn.
Model adaptive_task(const std::string& training = "", std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.end(),
                   {"population.h.kind=alif", "population.h.learn_time_constants=unit",
                    "population.h.tau_adaptation=0.05", "population.o.learn_time_constants=population"});
  return task_model(training, overrides);
}

/// Units that resonate, and their gains to learn.
Model gains_task(const std::string& training = "", std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.begin(),
                   "population.h={ name = 'h', kind = 'se-adlif', size = 16, tau_mem = 20e-3, learn_gains = "
                   "'unit', surrogate = { kind = 'superspike' } }");
  return task_model(training, overrides);
}

TEST(Trainer, LearnsATaskAndSaysHowWell) {
  const SpikeData data = labelled_task(240), fresh = labelled_task(120, 2);
  const Model model = task_model("", {"training.epochs=25"});
  DataTrainer trainer(model, data, {});
  EpochMetrics first = epoch(trainer), last = first;
  while (!trainer->finished()) last = epoch(trainer);
  EXPECT_EQ(first.epoch, 1u);
  EXPECT_EQ(last.epoch, 25u);
  EXPECT_LT(last.training.loss, 0.6 * first.training.loss);
  EXPECT_GT(last.validation.accuracy, 0.8);
  EXPECT_GT(last.rates[0], 0.0);
  EXPECT_GT(last.rates[1], 0.0);

  const auto chosen = chosen_parameters(model, trainer->save());
  const DataTask unseen(model, fresh);
  const Evaluation judged = evaluate(model, chosen, unseen, {.trials = 3}, no_progress());
  EXPECT_TRUE(judged.labelled);
  EXPECT_GT(judged.accuracy, 0.8);
  EXPECT_LT(judged.accuracy_interval.first, judged.accuracy);
  EXPECT_GT(judged.accuracy_interval.second, judged.accuracy);
  std::uint64_t cases = 0, right = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    right += judged.confusion[c][c];
    for (const std::uint64_t n : judged.confusion[c]) cases += n;
  }
  EXPECT_EQ(cases, 360u);
  EXPECT_DOUBLE_EQ(judged.accuracy, static_cast<double>(right) / 360.0);
  ASSERT_EQ(judged.populations.size(), 1u);
  EXPECT_GT(judged.populations[0].statistics.fano, 0.1);

  Model deterministic = model;
  deterministic.network = model.network.with_spikes(OutputKind::deterministic);
  EXPECT_EQ(evaluate(deterministic, chosen, unseen, {}, no_progress()).populations[0].statistics.fano, 0.0);
}

TEST(Trainer, OneUpdateIsTheMeanGradientAndOneStep) {
  const SpikeData data = labelled_task(12);
  const Model model = task_model("", {"training.optimiser=sgd", "training.validation=0", "training.trials=2",
                                      "training.learning_rate=0.5"});
  DataTrainer trainer(model, data, {.kind = EngineKind::reference});
  trainer->update();

  std::vector<double> gradient(model.parameters.size());
  Input input = model.input;
  for (std::uint32_t i = 0; i < 12; ++i)
    for (std::uint32_t k = 0; k < 2; ++k) {
      input.values[0] = Grid<double>(testing::task_steps, testing::task_channels);
      for (std::size_t t = 0; t < testing::task_steps; ++t)
        for (const std::uint16_t unit : data.spikes(i, t)) input.values[0][t][unit] += 1.0;
      Loss loss = model.loss;
      std::get<MaxCrossEntropyLoss>(loss).label = data.labels[i];
      CounterDraws draws(model.seed, i, k);
      const Problem problem{model.network, model.parameters, input, loss};
      ProblemSampler(problem, find_estimator("surrogate")).sample(draws, gradient);
    }
  for (std::size_t w = 0; w < gradient.size(); ++w)
    EXPECT_NEAR(trainer->parameters()[w], model.parameters[w] - 0.5 * gradient[w] / 24.0, 1e-12);
}

TEST(Trainer, BothEnginesTakeTheSameSteps) {
  const SpikeData data = labelled_task(48);
  const std::vector<std::string> settings{
      "training.optimiser=sgd", "population.h.dropout=0.4",
      "regulariser=[{ kind = 'upper-bound', population = 'h', bound = 0.5, norm = 'l1' },"
      " { kind = 'lower-bound', population = 'h', bound = 3, per = 'population' }]"};
  const Model plain = task_model("", settings), adaptive = adaptive_task("", settings);
  std::vector<std::pair<Model, const char*>> cases = {{gains_task("", settings), "surrogate"}};
  for (const char* name :
       {"surrogate", "smoothed", "straight-through", "mean-field", "multilayer-spiker", "score",
        "score-running-mean", "counterfactual-k", "reinmax", "straight-through-gumbel", "e-prop",
        "feedback-alignment", "ottt", "sltt", "truncated", "weight-perturbation"})
    cases.emplace_back(plain, name);
  for (const char* name : {"e-prop", "ottt", "sltt", "truncated", "surrogate", "score", "counterfactual-k"})
    cases.emplace_back(adaptive, name);
  for (const auto& [model, estimator] : cases) {
    Model one = model;
    one.training.estimator = estimator;
    one.training.learning_rate = 1e-3;
    DataTrainer cpu(one, data, {}), reference(one, data, {.kind = EngineKind::reference});
    cpu->update();
    reference->update();
    double largest = 0.0;
    for (std::size_t w = 0; w < model.parameters.size(); ++w)
      largest = std::max(largest, std::abs(reference->parameters()[w] - model.parameters[w]));
    EXPECT_GT(largest, 0.0) << estimator;
    EXPECT_GT(cpu->state().penalty, 0.0);
    EXPECT_NEAR(cpu->state().penalty, reference->state().penalty, 1e-6 * reference->state().penalty);
    EXPECT_NEAR(cpu->state().loss, reference->state().loss, 1e-5 * reference->state().loss);
    for (std::size_t w = 0; w < model.parameters.size(); ++w)
      EXPECT_NEAR(cpu->parameters()[w], reference->parameters()[w], 1e-4 * largest) << estimator;
  }
}

TEST(Trainer, APenaltyBringsRatesDownAndStandsBesideTheLoss) {
  const SpikeData data = labelled_task(150);
  const auto last_epoch = [&](const Model& model) {
    DataTrainer trainer(model, data, {});
    EpochMetrics last;
    while (!trainer->finished()) last = epoch(trainer);
    return last;
  };
  const Model free = task_model("", {"training.epochs=15"});
  const Model bounded =
      task_model("", {"training.epochs=15",
                      "regulariser=[{ kind = 'upper-bound', population = 'h', bound = 0.5, strength = 3 }]"});
  const EpochMetrics without = last_epoch(free), with = last_epoch(bounded);
  EXPECT_LT(with.rates[1], 0.7 * without.rates[1]);
  EXPECT_FALSE(without.regularised);
  EXPECT_EQ(to_json(without, free.network).find("penalty"), std::string::npos);
  EXPECT_EQ(without.training.penalty, 0.0);
  EXPECT_GT(with.training.penalty, 0.0);
  const EpochMetrics read = epoch_from_json(to_json(with, bounded.network), bounded.network, "here");
  EXPECT_TRUE(read.regularised);
  EXPECT_EQ(read.training.penalty, with.training.penalty);
  EXPECT_EQ(read.training.loss, with.training.loss);
}

TEST(Trainer, UnitsDropOutInTrainingAlone) {
  const SpikeData data = labelled_task(48);
  const std::vector<std::string> settings{"training.optimiser=sgd", "training.estimator=mean-field"};
  std::vector<std::string> dropping = settings;
  dropping.emplace_back("population.h.dropout=0.5");
  const Model whole = task_model("", settings), dropped = task_model("", dropping);
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference}) {
    DataTrainer one(whole, data, {kind}), other(dropped, data, {kind});
    one->update();
    other->update();
    EXPECT_NE(weights(one), weights(other));
    EXPECT_EQ(evaluate(whole, whole.parameters, one.task, {.engine = {kind}}, no_progress()).loss,
              evaluate(dropped, whole.parameters, other.task, {.engine = {kind}}, no_progress()).loss);
  }
}

TEST(Trainer, ThreadsMakeNoDifference) {
  const SpikeData data = labelled_task(150);
  const Model model = task_model("", {"population.h.dropout=0.4"});
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference})
    EXPECT_EQ(trained(model, data, {kind, 1}), trained(model, data, {kind, 3}));
}

TEST(Trainer, ASavedStateGoesOnToTheSameBits) {
  const SpikeData data = labelled_task(150);
  const std::string training =
      "schedule = \"plateau\"\ndecay_epochs = 1\nestimator = \"score-running-mean\"\n";
  const std::vector<std::string> dropping{"population.h.dropout=0.4"};
  for (const Model& model : {task_model(training, dropping), adaptive_task(training), gains_task(training),
                             delayed_task(training)}) {
    const std::vector<double> whole = trained(model, data, {});
    for (const std::size_t stop : {0u, 1u, 2u, 5u}) {
      DataTrainer second(model, data, {});
      second->restore(testing::saved_after(model, data, stop));
      while (!second->finished()) epoch(second);
      EXPECT_EQ(weights(second), whole) << "stopped after " << stop << " updates";
    }
  }
}

// Time constants move with the rest, and no weight decay draws them to 1 s.
TEST(Trainer, LearnsTimeConstants) {
  const SpikeData data = labelled_task(48);
  const auto after_an_update = [&](const std::string& decay) {
    const Model model = adaptive_task("", {"training.optimiser=adamw", "training.weight_decay=" + decay});
    DataTrainer trainer(model, data, {});
    trainer->update();
    return weights(trainer);
  };
  const Model model = adaptive_task();
  const std::vector<double> free = after_an_update("0"), decayed = after_an_update("0.1");
  for (const ParameterBlock& block : model.network.blocks()) {
    const auto part = [&](const std::vector<double>& w) {
      return std::vector(w.begin() + static_cast<std::ptrdiff_t>(block.offset),
                         w.begin() + static_cast<std::ptrdiff_t>(block.offset + block.size));
    };
    EXPECT_NE(part(free), part(model.parameters)) << block.name;
    EXPECT_EQ(part(free) == part(decayed), block.kind == ParameterKind::log_tau) << block.name;
  }
}

// Gains move, stay in their ranges however large the rate, and no weight decay draws them to 0.
TEST(Trainer, LearnsGains) {
  const SpikeData data = labelled_task(48);
  const auto after_an_update = [&](const std::string& rate, const std::string& decay) {
    const Model model = gains_task(
        "", {"training.optimiser=adamw", "training.learning_rate=" + rate, "training.weight_decay=" + decay});
    DataTrainer trainer(model, data, {});
    trainer->update();
    std::vector<std::vector<double>> gains;
    const std::vector<double> w = weights(trainer);
    for (const ParameterBlock& block : model.network.blocks())
      if (block.kind == ParameterKind::gain)
        gains.emplace_back(w.begin() + static_cast<std::ptrdiff_t>(block.offset),
                           w.begin() + static_cast<std::ptrdiff_t>(block.offset + block.size));
    return gains;
  };
  const auto small = after_an_update("0.01", "0"), large = after_an_update("10", "0");
  ASSERT_EQ(small.size(), 2u);
  EXPECT_NE(small[0], std::vector<double>(small[0].size(), 0.5));
  EXPECT_EQ(small, after_an_update("0.01", "0.1"));
  for (std::size_t k = 0; k < 2; ++k)
    for (const double gain : large[k]) EXPECT_TRUE(gain == 0.0 || gain == (k == 0 ? 1.0 : 2.0)) << gain;
}

// Delays move at a rate of their own, stay in their range, and no weight decay draws them to 0.
TEST(Trainer, LearnsDelays) {
  const SpikeData data = labelled_task(48);
  const auto delays_of = [&](const std::vector<std::string>& overrides, std::size_t updates) {
    std::vector<std::string> settings = {"training.optimiser=adamw"};
    for (const std::string& setting : overrides) settings.push_back("training." + setting);
    const Model model = delayed_task("", settings);
    DataTrainer trainer(model, data, {});
    for (std::size_t n = 0; n < updates; ++n) {
      if (trainer->epoch_complete()) trainer->close_epoch(no_progress());
      trainer->update();
    }
    std::vector<double> delays;
    for (const ParameterBlock& block : model.network.blocks())
      for (std::size_t k = 0; block.kind == ParameterKind::delay && k < block.size; ++k)
        delays.push_back(trainer->parameters()[block.offset + k]);
    return delays;
  };
  const std::vector<double> first = delays_of({}, 0), free = delays_of({"learning_rate=1e-3"}, 1);
  ASSERT_GT(first.size(), 2u);
  EXPECT_NE(free, first);
  EXPECT_EQ(delays_of({"learning_rate=1e-3", "weight_decay=0.1"}, 1), free);
  EXPECT_EQ(delays_of({"learning_rate=1e-3", "delay_rate=0"}, 1), first);
  const std::vector<double> fast = delays_of({"learning_rate=1e-3", "delay_rate=100"}, 1);
  const double longest = *std::max_element(first.begin(), first.end());
  for (std::size_t k = 0; k < first.size(); ++k)
    if (first[k] > 0.2 && first[k] < longest - 0.2) {
      EXPECT_NEAR(fast[k] - first[k], 100.0 * (free[k] - first[k]), 1e-9) << k;
    }
  bool at_an_end = false;
  for (const double d : delays_of({"learning_rate=1e-3", "delay_rate=5000"}, 4)) {
    EXPECT_TRUE(d >= 0.0 && d <= longest + 1.0) << d;
    at_an_end |= d == 0.0 || d >= longest;
  }
  EXPECT_TRUE(at_an_end);
}

TEST(Trainer, AnInterruptInValidationChangesNothing) {
  struct Impatient : Progress {
    void advance(std::size_t) override { throw Interrupted(); }
  } impatient;
  const SpikeData data = labelled_task(60);
  const Model model = task_model();
  DataTrainer trainer(model, data, {});
  while (!trainer->epoch_complete()) trainer->update();
  const std::string before = to_bytes(trainer->save());
  EXPECT_THROW(trainer->close_epoch(impatient), Interrupted);
  EXPECT_EQ(to_bytes(trainer->save()).substr(before.size() - 16), before.substr(before.size() - 16));
  EXPECT_EQ(trainer->close_epoch(no_progress()).epoch, 1u);
}

TEST(Trainer, SplitsBySpeakerWhereTheyAreKnown) {
  SpikeData data = labelled_task(120);
  const Split by_speaker = split_for(task_model(), data);
  std::set<std::uint16_t> heard, unheard;
  for (const std::uint32_t i : by_speaker.training) heard.insert(data.speakers[i]);
  for (const std::uint32_t i : by_speaker.validation) unheard.insert(data.speakers[i]);
  EXPECT_EQ(heard.size(), 3u);
  EXPECT_EQ(unheard.size(), 1u);
  for (std::uint16_t speaker = 0; speaker < 4; ++speaker) {
    const Split chosen =
        split_for(task_model("", {fmt::format("training.validation_speakers=[{}]", speaker)}), data);
    EXPECT_EQ(chosen.validation.size(), 30u);
    for (const std::uint32_t i : chosen.validation) EXPECT_EQ(data.speakers[i], speaker);
  }
  EXPECT_THROW(split_for(task_model("", {"training.validation_speakers=[7]"}), data), UserError);
  data.speakers.clear();
  EXPECT_EQ(split_for(task_model(), data).validation.size(), 30u);
  EXPECT_TRUE(split_for(task_model("", {"training.validation=0"}), data).validation.empty());
}

TEST(Trainer, KeepsTheBestAndStopsWhenPatienceEnds) {
  const SpikeData data = labelled_task(120);
  const Model model = task_model("patience = 3\nselect = \"loss\"\n", {"training.epochs=300"});
  DataTrainer trainer(model, data, {});
  std::vector<double> best;
  double least = 1e9;
  while (!trainer->finished()) {
    const EpochMetrics e = epoch(trainer);
    EXPECT_EQ(e.best, e.validation.loss < least);
    if (e.best) best = weights(trainer), least = e.validation.loss;
  }
  EXPECT_LT(trainer->state().epoch, 300);
  EXPECT_EQ(trainer->state().stale, 3);
  EXPECT_EQ(chosen_parameters(model, trainer->save()), best);
  EXPECT_NE(weights(trainer), best);
}

// No list says who trains on data: all do, on either engine, but those that refuse the loss, and these name
// those that do not.
TEST(Trainer, EveryEstimatorTrainsOnDataOrSaysWhyNot) {
  SpikeData data = labelled_task(40);
  const Model model = task_model("", {"training.validation=0", "population.h.size=2", "estimator.group=2"});
  std::vector<std::string> refused;
  for (const EstimatorInfo& info : estimators())
    for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference}) {
      Model one = model;
      one.training.estimator = info.name;
      const std::string why = info.refuse(one.objective(), one.estimator);
      if (why.empty()) {
        DataTrainer trainer(one, data, {.kind = kind});
        trainer->update();
        EXPECT_NE(weights(trainer), model.parameters) << info.name;
        continue;
      }
      const std::string said = trainer_refusal(one, data);
      EXPECT_NE(said.find(why), std::string::npos) << said;
      EXPECT_NE(said.find("these can: "), std::string::npos) << said;
      EXPECT_NE(said.find("counterfactual, counterfactual-k"), std::string::npos) << said;
      if (kind == EngineKind::cpu) refused.emplace_back(info.name);
    }
  EXPECT_EQ(refused, (std::vector<std::string>{"exact", "finite-difference", "pfister", "eventprop"}));
}

TEST(Trainer, MemoryGrowsWithThreadsStepsAndParametersAsTheEngineSays) {
  const SpikeData data = labelled_task(150);
  const auto memory = [&](const Model& model, const EngineSettings& settings) {
    return DataTrainer(model, data, settings)->memory();
  };
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference}) {
    const MemoryEstimate one = memory(task_model(), {kind, 1}), two = memory(task_model(), {kind, 2}),
                         wide = memory(task_model("", {"population.h.size=64"}), {kind, 1});
    EXPECT_GT(two.passes, one.passes);
    EXPECT_GT(wide.passes, 2 * one.passes);
    EXPECT_GT(wide.parameters, one.parameters);
    EXPECT_EQ(two.data, one.data);
  }
  const MemoryEstimate flips = memory(task_model("", {"training.estimator=counterfactual-k"}), {}),
                       plain = memory(task_model(), {});
  EXPECT_GT(flips.passes, plain.passes);
}

TEST(Trainer, ClipsTheGradient) {
  const SpikeData data = labelled_task(60);
  const Model model =
      task_model("gradient_clip = 1e-3\n", {"training.optimiser=sgd", "training.learning_rate=1.0"});
  DataTrainer trainer(model, data, {});
  trainer->update();
  double square = 0.0;
  for (std::size_t w = 0; w < model.parameters.size(); ++w) {
    const double step = trainer->parameters()[w] - model.parameters[w];
    square += step * step;
  }
  EXPECT_NEAR(std::sqrt(square), 1e-3, 1e-9);
}

TEST(Trainer, RefusesWhatDoesNotFit) {
  const SpikeData data = labelled_task(60);
  EXPECT_NE(trainer_refusal(task_model("", {"population.x.size=7"}), data).find("12 channels"),
            std::string::npos);
  EXPECT_NE(trainer_refusal(task_model("", {"population.o.size=2"}), data).find("3 classes"),
            std::string::npos);
  EXPECT_NE(trainer_refusal(task_model("estimator = \"exact\"\n"), data).find("exact enumeration"),
            std::string::npos);
  EXPECT_NE(trainer_refusal(task_model("estimator = \"pfister\"\n"), data).find("target"), std::string::npos);
  EXPECT_THROW(task_model().problem(), UserError);
  EXPECT_THROW(task_model("", {"loss.label=1"}), UserError);
  EXPECT_THROW(task_model("", {"input.pool=0"}), UserError);
}

}  // namespace
}  // namespace spikegrad
