// SPDX-License-Identifier: Apache-2.0
// A batch spread over ranks gives the bits of one process, on both engines, on every rank.
#include <gtest/gtest.h>

#include <cstring>
#include <mutex>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/ranks/engine.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "tests/support/counting_engine.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/engine_pair.hpp"
#include "tests/support/thread_ranks.hpp"

namespace spikegrad {
namespace {

using namespace testing;

/// All that a pass can say of a batch.
struct Everything {
  std::vector<double> gradient;
  std::vector<SampleOutcome> outcomes;
  std::vector<SampleRecord> records;
  ActivityTable activity;
  std::vector<float> outputs;
  std::vector<double> input_gradients;
};

bool same_bits(std::span<const double> a, std::span<const double> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

void expect_same(const Everything& a, const Everything& b, const std::string& what) {
  EXPECT_TRUE(same_bits(a.gradient, b.gradient)) << what;
  EXPECT_TRUE(same_bits(a.activity.flat(), b.activity.flat())) << what;
  EXPECT_EQ(a.outputs, b.outputs) << what;
  EXPECT_TRUE(same_bits(a.input_gradients, b.input_gradients)) << what;
  ASSERT_EQ(a.outcomes.size(), b.outcomes.size()) << what;
  for (std::size_t k = 0; k < a.outcomes.size(); ++k) {
    EXPECT_EQ(a.outcomes[k].prediction, b.outcomes[k].prediction) << what;
    EXPECT_TRUE(same_bits({&a.outcomes[k].loss, 1}, {&b.outcomes[k].loss, 1})) << what;
    EXPECT_TRUE(same_bits({&a.outcomes[k].penalty, 1}, {&b.outcomes[k].penalty, 1})) << what;
    EXPECT_TRUE(a.records[k].output == b.records[k].output) << what;
    EXPECT_TRUE(a.records[k].excess == b.records[k].excess) << what;
  }
}

Everything run(const EngineCase& c, const LearningSignal& signal, const EngineSettings& settings) {
  const Objective objective = c.objective();
  const auto engine = make_engine(objective, settings);
  const auto pass = engine->prepare(signal);
  const CaseSamples samples(c);
  const std::size_t count = samples.samples().size(), output = population_of(c.net.loss);
  const Network& network = c.net.network;
  Everything all;
  all.gradient.assign(network.parameter_count(), 0.25);
  all.outcomes.resize(count);
  all.records.resize(count);
  const std::size_t numbers = network.steps() * network.populations()[output].size();
  all.outputs.resize(count * numbers);
  std::vector<NumberSpan> outputs, inputs;
  std::size_t given = 0;
  for (const Population& p : network.populations())
    if (output_of(p.unit) == UnitOutput::given) given += p.size();
  if (signal.to_inputs) all.input_gradients.resize(count * network.steps() * given);
  std::size_t at = 0;
  for (std::size_t k = 0; k < count; ++k) {
    outputs.emplace_back(std::span(all.outputs).subspan(k * numbers, numbers));
    for (const Population& p : network.populations()) {
      if (output_of(p.unit) != UnitOutput::given || !signal.to_inputs) continue;
      inputs.emplace_back(std::span(all.input_gradients).subspan(at, network.steps() * p.size()));
      at += network.steps() * p.size();
    }
  }
  const Batch batch{c.net.parameters, samples.samples(), c.seed, c.dropout};
  const BatchResults results{.gradient = all.gradient,
                             .outcomes = all.outcomes,
                             .activity = &all.activity,
                             .records = all.records,
                             .outputs = outputs,
                             .input_gradients = inputs};
  pass->run(batch, results);
  pass->run(batch, {.gradient = all.gradient});  // on top of what is there, with the buffers of the first run
  return all;
}

TEST(RanksEngine, GivesTheBitsOfOneProcessForAnyNumberOfRanksAndThreads) {
  Dice dice(7);
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference})
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      RandomNetOptions options;
      options.outputs = {OutputKind::stochastic, OutputKind::deterministic};
      options.max_units = 20;
      EngineCase c = engine_case(random_net(seed, options), dice.pick<std::size_t>({1, 40, 64, 130}), seed);
      c.dropout = true;
      const LearningSignal signal{.pseudo = PseudoDerivative::surrogate, .to_inputs = true};
      const Everything one = run(c, signal, {kind, 1});
      for (const std::size_t count : {1u, 2u, 3u, 4u, 7u})
        run_ranks(count, [&](Ranks& ranks) {
          const unsigned threads = ranks.rank() % 2 == 0 ? 2 : 1;
          expect_same(one, run(c, signal, {kind, threads, &ranks}),
                      c.net.description + ", " + std::to_string(count) + " ranks");
        });
    }
}

TEST(RanksEngine, EveryEstimatorGivesTheBitsOfOneProcess) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    RandomNetOptions options;
    options.max_spikes = 4;
    options.max_steps = 3;
    const EngineCase c = engine_case(random_net(seed, options), 40, seed);
    const CaseSamples samples(c);
    const Batch batch{c.net.parameters, samples.samples(), c.seed};
    for (const EstimatorInfo& info : estimators()) {
      const Objective objective = c.objective();
      const EstimatorSettings settings;
      if (!info.refuse(objective, settings).empty()) continue;
      const auto gradient_of = [&](const EngineSettings& engine_settings) {
        const auto engine = make_engine(objective, engine_settings);
        const auto estimator = info.make(settings, *engine);
        std::vector<double> gradient(c.net.parameters.size());
        std::vector<SampleOutcome> outcomes(samples.samples().size());
        for (int i = 0; i < 2; ++i)  // the second with what was learned from the first
          estimator->gradient(batch, {.gradient = gradient, .outcomes = outcomes});
        for (const SampleOutcome& outcome : outcomes) gradient.push_back(outcome.total());
        return gradient;
      };
      for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference}) {
        const std::vector<double> one = gradient_of({kind, 1});
        run_ranks(3, [&](Ranks& ranks) {
          EXPECT_TRUE(same_bits(one, gradient_of({kind, 1, &ranks})))
              << info.name << " on " << c.net.description;
        });
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 60u);
}

TEST(RanksEngine, EachRankRunsItsOwnGroupsAlone) {
  const EngineCase c = engine_case(random_net(1), 200, 1);
  const CaseSamples samples(c);
  const Objective objective = c.objective();
  const auto losses_of = [&](const EngineSettings& settings, std::span<const Sample> batch) {
    const auto engine = make_engine(objective, settings);
    std::vector<SampleOutcome> outcomes(batch.size());
    engine->prepare({})->run({c.net.parameters, batch, c.seed}, {.outcomes = outcomes});
    std::vector<double> losses;
    for (const SampleOutcome& outcome : outcomes) losses.push_back(outcome.total());
    return losses;
  };
  const std::vector<double> one = losses_of({EngineKind::cpu, 1}, samples.samples());
  run_ranks(4, [&](Ranks& ranks) {
    // 7 groups of 32 and less. The other ranks' samples are not what they should be here, which nobody may notice.
    const auto [first, last] = share_of(7, ranks.rank(), 4);
    std::vector<Sample> batch(samples.samples().begin(), samples.samples().end());
    for (std::size_t k = 0; k < batch.size(); ++k)
      if (k < 32 * first || k >= 32 * last) batch[k].trial += 1000;
    EXPECT_TRUE(same_bits(one, losses_of({EngineKind::cpu, 1, &ranks}, batch)));
    EXPECT_EQ(make_engine(objective, {EngineKind::cpu, 1, &ranks})->samples_at_once(), 128u);
  });
}

TEST(RanksEngine, RefusesAnEngineThatDoesNotKeepItsGroups) {
  const EngineCase c = engine_case(random_net(1), 1, 1);
  const Objective objective = c.objective();
  CpuEngine cpu(objective, 1);
  run_ranks(2, [&](Ranks& ranks) {
    RanksEngine engine(std::make_unique<CountingEngine>(cpu), ranks);
    EXPECT_THROW(engine.prepare({}), InternalError);
  });
}

TEST(ThreadRanks, ASumPassesThroughTheRanksInTheirOrder) {
  run_ranks(4, [](Ranks& ranks) {
    std::vector<unsigned> sum(100, ranks.rank() == 0 ? 7 : 99);
    ranks.pass_through(std::as_writable_bytes(std::span(sum)), 64, 3,
                       [&](std::size_t first, std::size_t size) {
                         for (std::size_t i = first / 4; i < (first + size) / 4; ++i)
                           sum[i] = 10 * sum[i] + static_cast<unsigned>(ranks.rank() + 1);
                       });
    EXPECT_EQ(sum, std::vector<unsigned>(100, 7123));
  });
}

TEST(ThreadRanks, AFailureEndsAllAndALetterIsRead) {
  EXPECT_THROW(run_ranks(3,
                         [](Ranks& ranks) {
                           if (ranks.rank() == 1) throw UserError("planted");
                           ranks.any(false);
                         }),
               UserError);
  EXPECT_THROW(run_ranks(2,
                         [](Ranks& ranks) {
                           std::byte letter{1};
                           if (ranks.rank() == 0) ranks.broadcast(0, {&letter, 1});
                         }),
               std::runtime_error);
}

TEST(JointProgress, StopsAllRanksWhenOneIsAsked) {
  class Asked final : public Progress {
   public:
    explicit Asked(bool asked) : asked_(asked) {}
    void advance(std::size_t) override {
      if (asked_) throw Interrupted();
    }

   private:
    bool asked_;
  };
  std::size_t stopped = 0;
  std::mutex mutex;
  run_ranks(3, [&](Ranks& ranks) {
    Asked inner(ranks.rank() == 2);
    JointProgress progress(inner, &ranks);
    EXPECT_THROW(progress.advance(1), Interrupted);
    const std::lock_guard lock(mutex);
    ++stopped;
  });
  EXPECT_EQ(stopped, 3u);
  Asked nobody(false);
  JointProgress alone(nobody, nullptr);
  alone.advance(1);
}

}  // namespace
}  // namespace spikegrad
