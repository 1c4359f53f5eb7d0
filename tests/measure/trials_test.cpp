// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/trials.hpp"

#include <gtest/gtest.h>

#include "spikegrad/engine/reference/trial.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

TEST(RunTrials, KeepsTheSpikesAndLossesOfEachTrialWhateverTheThreads) {
  const auto net = testing::random_net(5, {.losses = {"squared-error"}});
  const std::vector<Loss> losses{net.loss};
  Progress progress;
  const TrialSettings settings{
      .trials = 7, .seed = 3, .engine = {.kind = EngineKind::reference, .threads = 1}};
  const TrialRecord record = run_trials(net.problem(), losses, settings, progress);
  TrialSettings parallel = settings;
  parallel.engine.threads = 3;
  const TrialRecord same = run_trials(net.problem(), losses, parallel, progress);
  EXPECT_EQ(record.spikes, same.spikes);
  EXPECT_EQ(record.losses, same.losses);
  TrialSettings fast = settings;
  fast.engine.kind = EngineKind::cpu;
  EXPECT_EQ(run_trials(net.problem(), losses, fast, progress).spikes, record.spikes);

  ReferenceTrial engine(net.problem().objective(), {.forcing = Forcing::never});
  for (std::uint32_t k = 0; k < 7; ++k) {
    CounterDraws draws(3, settings.sample, k);
    const double loss = engine.forward(net.problem(), draws);
    EXPECT_EQ(record.losses[0][k], loss);
    for (std::size_t p = 0; p < net.network.populations().size(); ++p) {
      if (!net.network.populations()[p].spikes()) continue;
      ASSERT_EQ(record.spikes[p].size(), 7u);
      for (std::size_t t = 0; t < net.network.steps(); ++t) {
        const auto outputs = engine.tape().outputs_of(net.network, p, t);
        for (std::size_t i = 0; i < outputs.size(); ++i) EXPECT_EQ(record.spikes[p][k][t][i], outputs[i]);
      }
    }
  }
}

TEST(RunTrials, OutputsThatAreNoSpikesHaveNoRaster) {
  const auto net = testing::random_net(2, {.readouts = false, .outputs = {OutputKind::analog}});
  Progress progress;
  const TrialRecord record = run_trials(net.problem(), {}, {.trials = 2}, progress);
  EXPECT_TRUE(record.spikes.back().empty());
}

}  // namespace
}  // namespace spikegrad
