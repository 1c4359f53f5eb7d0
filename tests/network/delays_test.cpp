// SPDX-License-Identifier: Apache-2.0
// What a delay makes of an output, and which delays a network refuses.
#include "spikegrad/network/delays.hpp"

#include <gtest/gtest.h>

#include <string>

#include "spikegrad/core/dual.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/network/initialiser.hpp"

namespace spikegrad {
namespace {

TEST(Delays, DivideAnOutputBetweenTwoSteps) {
  for (const double d : {0.0, 0.25, 1.0, 3.75, 4.0}) {
    const DelayTap<double> tap = tap_of(d, 5.0);
    EXPECT_EQ(static_cast<double>(tap.steps), std::floor(d));
    EXPECT_EQ(tap.late, d - std::floor(d));
    EXPECT_EQ(tap.early + tap.late, 1.0);
    EXPECT_TRUE(tap.moves);
    const DelayTap<double> fixed = fixed_tap<double>(d);
    EXPECT_EQ(fixed.steps, tap.steps);
    EXPECT_EQ(fixed.early, tap.early);
    EXPECT_EQ(fixed.late, tap.late);
    EXPECT_FALSE(fixed.moves);
  }
  const DelayTap<Dual<>> dual = tap_of(Dual<>(2.25, 1.0), 5.0);
  EXPECT_EQ(dual.early.derivative, -1.0);
  EXPECT_EQ(dual.late.derivative, 1.0);
}

// Beyond its range a delay counts as the end that is near; at the upper end the derivative is that from below.
TEST(Delays, StayInTheirRange) {
  for (const double longest : {1.0, 3.0, 2.5, 0.4}) {
    const double below = std::ceil(longest) - 1.0;
    const DelayTap<double> last = tap_of(longest, longest), beyond = tap_of(longest + 7.0, longest);
    EXPECT_EQ(static_cast<double>(last.steps), below);
    EXPECT_EQ(last.late, longest - below);
    EXPECT_TRUE(last.moves);
    EXPECT_EQ(beyond.steps, last.steps);
    EXPECT_EQ(beyond.late, last.late);
    EXPECT_FALSE(beyond.moves);
  }
  const DelayTap<double> before = tap_of(-0.5, 3.0), first = tap_of(0.0, 3.0);
  EXPECT_EQ(before.steps, 0u);
  EXPECT_EQ(before.early, 1.0);
  EXPECT_FALSE(before.moves);
  EXPECT_TRUE(first.moves);
  EXPECT_TRUE(std::isnan(tap_of(std::nan(""), 3.0).late));  // and so the potentials show it
}

Network network_with(const ConnectionDelays& delays) {
  return Network({.dt = 1e-3, .steps = 10},
                 {{.name = "x", .unit = InputUnit{}, .shape = {.positions = 3}},
                  {.name = "h", .unit = Lif{}, .shape = {.positions = 2}, .bias = true}},
                 {{0, 1, Dense{}, delays}, {1, 1, Dense{}}});
}
std::string refusal(const ConnectionDelays& delays) {
  try {
    network_with(delays);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Delays, ANetworkRefusesThoseThatCannotBe) {
  const double nan = std::nan("");
  const std::string at = "connection 'x->h': ";
  EXPECT_EQ(refusal({{-1e-3}}), at + "a delay: must be a number of 0 or more");
  EXPECT_EQ(refusal({{nan}}), at + "a delay: must be a number of 0 or more");
  EXPECT_EQ(refusal({{0.01}}), at + "a delay is 0.01 s: must be shorter than the run of 0.01 s");
  EXPECT_EQ(refusal({{1e300}}), at + "a delay is 1e+300 s: must be shorter than the run of 0.01 s");
  EXPECT_EQ(refusal({{1e-3, 2e-3}}), at + "2 delays: must be one for each of the 3 units of 'x'");
  EXPECT_EQ(refusal({{}, -1e-3}), at + "its longest delay: must be a number of 0 or more");
  EXPECT_EQ(refusal({{}, nan}), at + "its longest delay: must be a number of 0 or more");
  EXPECT_EQ(refusal({{}, 0.02}), at + "its longest delay is 0.02 s: must be shorter than the run of 0.01 s");
  EXPECT_EQ(refusal({{1e-3, 6e-3, 0.0}, 5e-3}),
            at + "a delay is 0.006 s: must be at most the longest, 0.005 s");
  EXPECT_EQ(refusal({{1e-3, 9e-3, 0.0}}), "");
  EXPECT_EQ(refusal({{1e-3, 2e-3}, 0.0, DelayPer::synapse}),
            at + "2 delays: must be one for each of the 6 weights");
}

TEST(Delays, AreParametersWhereTheyAreLearned) {
  const Network fixed = network_with({{2e-3}}), each = network_with({{0.0, 3e-3, 2.5e-3}});
  EXPECT_TRUE(fixed.delays(0).shared());
  EXPECT_FALSE(fixed.delays(1).any());
  EXPECT_EQ(fixed.delays(0).steps, (std::vector<double>{2.0}));  // whole, though 2e-3 / 1e-3 is rounded
  EXPECT_EQ(each.delays(0).steps, (std::vector<double>{0.0, 3.0, 2.5}));
  EXPECT_EQ(fixed.blocks().size(), 3u);
  EXPECT_FALSE(network_with({}).has_delays());

  const Network learned = network_with({{1e-3, 4e-3, 0.0}, 4e-3});
  ASSERT_EQ(learned.blocks().size(), 4u);
  const ParameterBlock& block = learned.blocks().back();
  EXPECT_EQ(block.name, "x->h.delays");
  EXPECT_EQ(block.kind, ParameterKind::delay);
  EXPECT_EQ(block.shape, (std::vector<std::size_t>{3}));
  EXPECT_EQ(block.lowest, 0.0);
  EXPECT_EQ(block.highest, 4.0);
  const auto begin = [&](const Network& network, std::uint64_t seed) {
    const auto all = initial_parameters(network, {ConstantInitialiser{1.0}, ConstantInitialiser{1.0}}, seed);
    return std::vector<double>(all.end() - 3, all.end());
  };
  EXPECT_EQ(begin(learned, 1), (std::vector<double>{1.0, 4.0, 0.0}));
  const Network drawn = network_with({{}, 4e-3});
  const auto one = begin(drawn, 1);
  EXPECT_EQ(begin(drawn, 1), one);
  EXPECT_NE(begin(drawn, 2), one);
  for (const double d : one) EXPECT_TRUE(d >= 0.0 && d <= 4.0) << d;
}

}  // namespace
}  // namespace spikegrad
