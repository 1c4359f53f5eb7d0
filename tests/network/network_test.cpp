// SPDX-License-Identifier: Apache-2.0
// The layout of parameters, and what a network refuses to be built from.
#include "spikegrad/network/network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

Population make(std::string name, Unit unit, Shape shape = {1, 2}, bool bias = false) {
  Population p;
  p.name = std::move(name);
  p.unit = std::move(unit);
  p.shape = shape;
  p.bias = bias;
  return p;
}

const std::vector<Population> layers = {make("x", InputUnit{}), make("a", Lif{}, {1, 3}, true),
                                        make("b", Binary{}, {1, 1}), make("y", Readout{}, {1, 4}, true)};

TEST(Network, ParametersAreConnectionsInFileOrderThenBiases) {
  const Network network({1e-3, 5}, layers, {{1, 3, Dense{}}, {0, 1, Dense{}}, {1, 1, Dense{}}});
  std::vector<std::string> names;
  std::size_t offset = 0;
  for (const ParameterBlock& block : network.blocks()) {
    names.push_back(block.name);
    EXPECT_EQ(block.offset, offset);
    offset += block.size;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"a->y", "x->a", "a->a", "a.bias", "y.bias"}));
  EXPECT_EQ(network.blocks()[0].shape, (std::vector<std::size_t>{4, 3}));
  EXPECT_EQ(network.parameter_count(), offset);
  EXPECT_EQ(network.parameter_count(), 12u + 6 + 9 + 3 + 4);
  EXPECT_EQ(network.unit_count(), 10u);
  EXPECT_EQ(network.stochastic_spike_count(), 5u * (3 + 1));
  EXPECT_EQ(network.find("b"), 2u);
}

TEST(Network, LearnedTimeConstantsComeAfterTheBiases) {
  auto populations = layers;
  populations[1].unit = Alif{};
  populations[1].learn_time_constants = LearnTimeConstants::unit;
  populations[3].learn_time_constants = LearnTimeConstants::population;
  const Network network({1e-3, 5}, populations, {{0, 1, Dense{}}});
  std::string names;
  for (const ParameterBlock& block : network.blocks()) names += " " + block.name;
  EXPECT_EQ(
      names,
      " x->a a.bias y.bias a.log_tau_mem a.log_tau_syn a.log_tau_adaptation y.log_tau_mem y.log_tau_syn");
  EXPECT_EQ(network.blocks()[4].shape, std::vector<std::size_t>{3});
  EXPECT_EQ(network.blocks()[6].shape, std::vector<std::size_t>{1});
  EXPECT_EQ(*network.layout(3).learned[0], 6u);
  EXPECT_FALSE(network.layout(0).learns_filter());
}

TEST(Network, LearnedGainsFollowTheTimeConstantsOfTheirPopulation) {
  auto populations = layers;
  populations[1].unit = SeAdlif{};
  populations[1].learn_time_constants = LearnTimeConstants::population;
  populations[1].learn_gains = LearnTimeConstants::unit;
  populations[3].learn_time_constants = LearnTimeConstants::population;
  const Network network({1e-3, 5}, populations, {{0, 1, Dense{}}});
  std::string names;
  for (const ParameterBlock& block : network.blocks()) names += " " + block.name;
  EXPECT_EQ(names,
            " x->a a.bias y.bias a.log_tau_mem a.log_tau_adaptation a.a a.b y.log_tau_mem y.log_tau_syn");
  EXPECT_EQ(network.blocks()[5].shape, std::vector<std::size_t>{3});
  EXPECT_EQ(network.blocks()[6].highest, 2.0);
  EXPECT_EQ(*network.layout(1).learned[3], 6u);
}

TEST(Network, LearnedThresholdsAreTheLastOfTheirPopulation) {
  auto populations = layers;
  populations[1].unit = SeAdlif{};
  populations[1].learn_gains = LearnTimeConstants::population;
  populations[1].learn_threshold = LearnTimeConstants::unit;
  const Network network({1e-3, 5}, populations, {{0, 1, Dense{}}});
  std::string names;
  for (const ParameterBlock& block : network.blocks()) names += " " + block.name;
  EXPECT_EQ(names, " x->a a.bias y.bias a.a a.b a.threshold");
  EXPECT_EQ(network.blocks()[5].shape, std::vector<std::size_t>{3});
  EXPECT_EQ(network.blocks()[5].lowest, 0.01);
  EXPECT_EQ(*network.layout(1).learned[4], 5u);
}

// The hazard's time step is the model's.
TEST(Network, TimeStepReachesUnitsAndHazards) {
  auto populations = layers;
  populations[1].escape = ExponentialHazardEscape{};
  const Network network({4e-3, 5}, populations, {});
  EXPECT_EQ(std::get<ExponentialHazardEscape>(network.populations()[1].escape).dt, 4e-3);
  EXPECT_DOUBLE_EQ(network.layout(1).decay[0], std::exp(-0.4));
}

std::string refusal(std::vector<Population> populations, std::vector<Connection> connections,
                    std::size_t steps = 5) {
  try {
    Network({1e-3, steps}, std::move(populations), std::move(connections));
  } catch (const UserError& e) {
    return e.what();
  }
  return "";
}

TEST(Network, RefusalsNameThePopulationOrConnection) {
  const auto says = [](const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << "'" << message << "' lacks '" << part << "'";
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  };
  EXPECT_EQ(refusal(layers, {{0, 1, Dense{}}}), "");
  says(refusal({}, {}), "no population");
  says(refusal(layers, {}, 0), "steps");
  auto changed = layers;
  changed[1].name = "x";
  says(refusal(changed, {}), "'x'");
  changed = layers;
  changed[2].shape = {0, 4};
  says(refusal(changed, {}), "'b'");
  changed = layers;
  changed[0].bias = true;
  says(refusal(changed, {}), "'x'");
  changed = layers;
  changed[2].learn_time_constants = LearnTimeConstants::unit;
  says(refusal(changed, {}), "'binary' units have no time constants");
  changed = layers;
  changed[1].learn_gains = LearnTimeConstants::unit;
  says(refusal(changed, {}), "units have no gains");
  changed = layers;
  changed[2].learn_threshold = LearnTimeConstants::unit;
  says(refusal(changed, {}), "'binary' units have no threshold to learn");
  changed = layers;
  changed[3].refractory_steps = 2;
  says(refusal(changed, {}), "'readout' units are not");
  says(refusal(layers, {{1, 0, Dense{}}}), "'a->x'");
  says(refusal(layers, {{3, 1, Dense{}}}), "'y->a'");
  says(refusal(layers, {{2, 2, Dense{}}}), "'b->b'");
  says(refusal(layers, {{0, 1, Dense{}}, {0, 1, Dense{}}}), "two of them");
  says(refusal(layers, {{0, 1, Conv1d{4, 1, 0}}}), "kernel 4");
  says(refusal(layers, {{0, 1, Conv1d{2, 1, 0}}}), "[1, 1]");
  says(refusal(layers, {{0, 1, Conv1d{2, 1, 0, 3}}}), "kernel 2, dilation 3,");
  says(refusal(layers, {{0, 1, Conv1d{1, 1, 0, 0}}}), "dilation must be 1 or more");
  says(refusal(layers, {{0, 1, Conv1d{1, 1, 0, 1, 0}}}), "groups must be 1 or more");
  says(refusal(layers, {{0, 1, Conv1d{1, 0, 0}}}), "kernel and stride must be 1 or more");
  says(refusal(layers, {{0, 1, Conv1d{1, 1, 0, 1, 2}}}),
       "2 groups do not divide the 1 channels of its source");
  says(refusal(layers, {{0, 1, Conv1d{1, 1, std::size_t{1} << 40}}}), "must be at most");
  changed = layers;
  changed[1].shape = {1, 6, 4};
  says(refusal(changed, {}), "population 'a': its 6 positions are not those of 4 rows");
  changed[0].shape = {2, 12, 3};
  changed[1].shape = {3, 4, 2};
  says(refusal(changed, {{0, 1, Conv1d{1, 1, 0}}}),
       "'conv1d' is for shapes [channels, positions], not [2, 3, 4]");
  says(refusal(changed, {{0, 1, Conv2d{.kernel = {4, 1}}}}), "kernel 4 is wider than the 3 padded rows");
  says(refusal(changed, {{0, 1, Conv2d{.kernel = {1, 3}, .dilation = {1, 2}}}}),
       "kernel 3, dilation 2, is wider than the 4 padded columns");
  says(
      refusal(changed, {{0, 1, Conv2d{.kernel = {2, 2}}}}),
      "has shape [3, 2, 2], but from shape [2, 3, 4] this convolution gives 2 rows and 3 columns: shape = [3, 2, 3]");
  says(refusal(changed, {{0, 1, Conv2d{.kernel = {2, 3}, .groups = 2}}}),
       "do not divide the 3 channels of its target");
  EXPECT_EQ(refusal(changed, {{0, 1, Conv2d{.kernel = {2, 3}}}}), "");
  changed = layers;
  std::swap(changed[1], changed[2]);
  says(refusal(changed, {{2, 1, Dense{}}}), "must therefore come before it");
  says(refusal(layers, {{0, 9, Dense{}}}), "connection 0->9: there are 4 populations");
  changed = layers;
  changed[1].dropout = 1.0;
  says(refusal(changed, {}), "dropout must be from 0 to below 1");
  changed = layers;
  changed[0].dropout = 0.5;
  says(refusal(changed, {}), "dropout is for units that spike, which 'input' units do not");
  changed = layers;
  changed[1].escape = SigmoidEscape{.beta = std::nan("")};
  says(refusal(changed, {}), "population 'a': escape.beta must be a number above 0");
  changed = layers;
  changed[1].surrogate = TableSurrogate{.x = {0.0}, .g = {}};
  says(refusal(changed, {}), "surrogate.x and g must have as many entries");
  for (const double dt : {0.0, -1.0, std::nan("")})
    EXPECT_THROW(Network({dt, 5}, layers, {}), UserError) << dt;
  try {
    Network({1e-3, 5}, layers, {}).find("z");
    FAIL();
  } catch (const UserError& e) {
    says(e.what(), "'z'");
    says(e.what(), "x, a, b, y");
  }
}

TEST(RandomNet, SameSeedSameNetWithinItsBound) {
  bool conv = false, feedback = false, recurrent = false, readout = false, three_layers = false;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const testing::RandomNetOptions options{.max_spikes = 12};
    const auto net = testing::random_net(seed, options), again = testing::random_net(seed, options);
    EXPECT_EQ(net.parameters, again.parameters);
    EXPECT_EQ(net.description, again.description);
    EXPECT_LE(net.network.stochastic_spike_count(), 12u) << net.description;
    std::size_t spiking = 0;
    for (const Population& p : net.network.populations()) {
      spiking += p.spikes();
      readout |= output_of(p.unit) == UnitOutput::potential;
    }
    three_layers |= spiking == 3;
    for (const Connection& c : net.network.connections()) {
      conv |= std::holds_alternative<Conv1d>(c.kind);
      recurrent |= c.from == c.to;
      feedback |= c.from > c.to;
    }
  }
  EXPECT_TRUE(conv && feedback && recurrent && readout && three_layers);
}

}  // namespace
}  // namespace spikegrad
