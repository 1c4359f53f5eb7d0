// SPDX-License-Identifier: Apache-2.0
// Training of delays of synapses that are spread, with dropout step by step: on any threads, and from a saved state on.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spikegrad/train/trainer.hpp"
#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace synapse_delays {
namespace {

using testing::DataTrainer;
using testing::labelled_task;
using testing::task_model;

std::vector<double> trained(DataTrainer& trainer) {
  while (!trainer->finished()) trainer->epoch(no_progress());
  return {trainer->parameters().begin(), trainer->parameters().end()};
}
std::vector<double> trained(const Model& model, const SpikeData& data, const EngineSettings& settings) {
  DataTrainer trainer(model, data, settings);
  return trained(trainer);
}

Model spread_task() {
  std::vector<std::string> overrides = {"connection.x->h.delay_sigma=3e-3",
                                        "connection.x->h.delay_sigma_part=0.9", "population.h.dropout=0.4",
                                        "population.h.dropout_per=step"};
  for (const std::string connection : {"x->h", "h->o"})
    for (const std::string setting : {"learn_delays=true", "max_delay=6e-3", "delay_per=synapse"})
      overrides.push_back("connection." + connection + "." + setting);
  return task_model("", overrides);
}

TEST(SynapseDelays, TrainTheSameOnAnyThreads) {
  const SpikeData data = labelled_task(150);
  const Model model = spread_task();
  for (const EngineKind kind : {EngineKind::cpu, EngineKind::reference}) {
    const auto learned = trained(model, data, {kind, 1});
    EXPECT_EQ(learned, trained(model, data, {kind, 3}));
    for (const ParameterBlock& block : model.network.blocks()) {
      bool moved = false;
      for (std::size_t k = block.offset; k < block.offset + block.size; ++k)
        moved = moved || learned[k] != model.parameters[k];
      EXPECT_TRUE(moved) << block.name;
    }
  }
}

TEST(SynapseDelays, ASavedStateGoesOnToTheSameBits) {
  const SpikeData data = labelled_task(150);
  const Model model = spread_task();
  const std::vector<double> whole = trained(model, data, {});
  for (const std::size_t stop : {1u, 4u}) {
    DataTrainer second(model, data, {});
    second->restore(testing::saved_after(model, data, stop));
    EXPECT_EQ(trained(second), whole) << "stopped after " << stop << " updates";
  }
}

// The width of the Gaussian follows the epoch: another part of the training gives other weights.
TEST(SynapseDelays, TheWidthFollowsTheEpoch) {
  const SpikeData data = labelled_task(150);
  const Model model = spread_task();
  std::vector<Connection> connections = model.network.connections();
  connections[0].delays.spread.part = 0.5;
  Model other = model;
  other.network = Network(model.network.time(), model.network.populations(), connections);
  EXPECT_NE(trained(model, data, {}), trained(other, data, {}));
}

}  // namespace
}  // namespace synapse_delays
}  // namespace spikegrad
