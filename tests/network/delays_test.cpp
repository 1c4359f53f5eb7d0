// SPDX-License-Identifier: Apache-2.0
// What a delay makes of an output, and which delays a network refuses.
#include "spikegrad/network/delays.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "spikegrad/core/dual.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/network/initialiser.hpp"
#include "spikegrad/network/synapse_delays.hpp"

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

TEST(Delays, AGaussianIsForLearnedDelaysOfSynapses) {
  const std::string at = "connection 'x->h': ";
  const auto with = [](double sigma, double end, double part, DelayPer per = DelayPer::synapse,
                       double longest = 5e-3) {
    return refusal({{}, longest, per, {sigma, end, part}});
  };
  EXPECT_EQ(with(2e-3, 0.0, 0.25), "");
  EXPECT_EQ(with(2e-3, 0.0, 0.25, DelayPer::source),
            at + "only learned delays of synapses can be spread by a Gaussian");
  EXPECT_EQ(with(2e-3, 0.0, 0.25, DelayPer::synapse, 0.0),
            at + "only learned delays of synapses can be spread by a Gaussian");
  const std::string widths = " steps: the last must be 0.1 steps or more, and the first no less than that";
  EXPECT_EQ(with(0.4e-3, 0.0, 0.25), at + "widths of the Gaussian from 0.4 to 0.5" + widths);
  EXPECT_EQ(with(2e-3, 0.05e-3, 0.25), at + "widths of the Gaussian from 2 to 0.05" + widths);
  EXPECT_NE(with(std::nan(""), 0.0, 0.25), "");
  EXPECT_EQ(with(2e-3, 0.0, 0.0),
            at + "the part of the training in which the Gaussian shrinks must be above 0, to 1");
  EXPECT_NE(with(2e-3, 0.0, 1.5), "");
}

TEST(Delays, AGaussianIsNormalisedShrinksAndEndsAtAStep) {
  const DelayLayout layout = network_with({{}, 5e-3, DelayPer::synapse, {2e-3, 0.5e-3, 0.25}}).delays(0);
  EXPECT_EQ(sigma_at(layout.spread, 0.0), 2.0);
  EXPECT_NEAR(sigma_at(layout.spread, 0.125), 1.0, 1e-12);
  EXPECT_EQ(sigma_at(layout.spread, 0.25), 0.5);
  EXPECT_EQ(sigma_at(layout.spread, 0.9), 0.5);
  ASSERT_EQ(synapse_tap_count(layout), 6u);
  std::vector<double> share(6), slope(6), low(6), high(6);
  for (const double d : {0.0, 1.3, 2.5, 5.0, 7.0, -1.0}) {
    write_synapse_taps(layout, d, 0.1, share.data(), slope.data());
    EXPECT_NEAR(std::accumulate(share.begin(), share.end(), 0.0), 1.0, 1e-12);
    EXPECT_NEAR(std::accumulate(slope.begin(), slope.end(), 0.0), 0.0, 1e-12);
    const double sigma = sigma_at(layout.spread, 0.1), at = std::clamp(d, 0.0, 5.0);
    for (std::size_t k = 0; k < 6; ++k)
      EXPECT_NEAR(
          share[k] / share[2],
          std::exp((std::pow(2.0 - at, 2) - std::pow(static_cast<double>(k) - at, 2)) / (2 * sigma * sigma)),
          1e-9);
    write_synapse_taps(layout, d - 1e-6, 0.1, low.data(), slope.data());
    write_synapse_taps(layout, d + 1e-6, 0.1, high.data(), slope.data());
    write_synapse_taps(layout, d, 0.1, share.data(), slope.data());
    for (std::size_t k = 0; k < 6 && d > 0.0 && d < 5.0; ++k)
      EXPECT_NEAR(slope[k], (high[k] - low[k]) / 2e-6, 1e-8) << d << " " << k;
    write_synapse_taps(layout, d, {}, share.data(), slope.data());  // judged
    for (std::size_t k = 0; k < 6; ++k) {
      EXPECT_EQ(share[k], static_cast<double>(k) == std::round(at) ? 1.0 : 0.0) << d << " " << k;
      EXPECT_EQ(slope[k], 0.0);
    }
  }
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
