// SPDX-License-Identifier: Apache-2.0
// Gradient of every loss against dual numbers through its value, on tapes of random numbers.
#include "spikegrad/loss/loss.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spikegrad/core/dual.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

/// What is wrong with `loss` on this net; empty if nothing is. Sums of some tens of terms: 1e-12.
template <class L>
std::string check(const L& loss, const Network& network, testing::Dice& dice) {
  Tape<double> tape;
  tape.output.resize(network.steps(), network.unit_count());
  tape.excess.resize(network.steps(), network.unit_count());
  for (double& v : tape.output.flat()) v = reads_spikes<L> ? dice.real(0.0, 1.0) : dice.normal();
  for (double& v : tape.excess.flat()) v = dice.normal();
  Signals signals;
  signals.reset(network.steps(), network.unit_count());
  signals.output.fill(1.0);  // the gradient is added to what is there
  loss.gradient(network, tape, signals);
  for (double& v : signals.output.flat()) v -= 1.0;

  Tape<Dual<>> dual;
  dual.output.resize(network.steps(), network.unit_count());
  dual.excess = dual.output;
  for (std::size_t k = 0; k < tape.output.flat().size(); ++k) {
    dual.output.flat()[k] = tape.output.flat()[k];
    dual.excess.flat()[k] = tape.excess.flat()[k];
  }
  const double value = loss.value(network, tape);
  if (std::abs(loss.value(network, dual).value - value) > 1e-14 * (1.0 + std::abs(value))) return "value";
  for (const auto& [grid, signal] :
       {std::pair{&dual.output, &signals.output}, std::pair{&dual.excess, &signals.excess}}) {
    std::vector<double> expected;
    for (Dual<>& v : grid->flat()) {
      v.derivative = 1.0;
      expected.push_back(loss.value(network, dual).derivative);
      v.derivative = 0.0;
    }
    if (!(testing::distance(signal->flat(), expected) < 1e-12))
      return signal == &signals.output ? "gradient at the outputs" : "gradient at the potentials";
  }
  return "";
}

template <std::size_t I>
void check_member() {
  using L = std::variant_alternative_t<I, Loss>;
  testing::Dice dice(3 + I);
  std::size_t checked = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const auto net = testing::random_net(seed, {.max_spikes = 20, .max_units = 6, .losses = {L::kind}});
    if (const L* loss = std::get_if<L>(&net.loss)) {
      ++checked;
      EXPECT_EQ(check(*loss, net.network, dice), "") << net.description;
    }
  }
  EXPECT_GE(checked, 50u) << L::kind;
}

TEST(Loss, GradientOfEveryMemberAgreesWithDualNumbers) {
  []<std::size_t... I>(std::index_sequence<I...>) {
    (check_member<I>(), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Loss>>{});
}

struct WrongScale : SquaredErrorLoss {
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    Signals own;
    own.reset(network.steps(), network.unit_count());
    SquaredErrorLoss::gradient(network, tape, own);
    for (std::size_t k = 0; k < own.output.flat().size(); ++k)
      signals.output.flat()[k] += 1.0001 * own.output.flat()[k];
  }
};
struct ForgetsThePast : VanRossumLoss {
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    VanRossumLoss without = *this;
    without.tau_syn *= 0.9;
    without.gradient(network, tape, signals);
  }
};
struct ForgetsTheMean : SoftmaxSumLoss {  // p_i m̄_i in place of p_i (m̄_i - Σ_j m̄_j p_j)
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    const auto adj = detail::cross_entropy_gradient(logits(network, tape), label);
    for (std::size_t t = ignore_steps; t < network.steps(); ++t)
      for (std::size_t i = 0; i < adj.size(); ++i)
        signals.output[t][network.layout(population).unit_offset + i] += votes(network, tape, t)[i] * adj[i];
  }
};
struct CountsAllSteps : SoftmaxSumLoss {
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    SoftmaxSumLoss all = *this;
    all.ignore_steps = 0;
    all.gradient(network, tape, signals);
  }
};
struct WrongPlace : LikelihoodLoss {
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    std::swap(signals.output, signals.excess);
    LikelihoodLoss::gradient(network, tape, signals);
    std::swap(signals.output, signals.excess);
  }
};

TEST(Loss, CheckerRejectsPlantedErrors) {
  testing::Dice dice(3);
  const auto planted = [&]<class Right, class Wrong>(Wrong wrong) {
    for (std::uint64_t seed = 0;; ++seed) {
      const auto net =
          testing::random_net(seed, {.min_steps = 4, .readouts = false, .losses = {Right::kind}});
      const Right* right = std::get_if<Right>(&net.loss);
      if (!right) continue;
      static_cast<Right&>(wrong) = *right;
      return check(wrong, net.network, dice);
    }
  };
  EXPECT_NE((planted.operator()<SquaredErrorLoss>(WrongScale{})), "");
  EXPECT_NE((planted.operator()<VanRossumLoss>(ForgetsThePast{})), "");
  EXPECT_NE((planted.operator()<LikelihoodLoss>(WrongPlace{})), "");
}

TEST(Loss, CheckerRejectsPlantedErrorsOfTheSoftmaxSum) {
  Population y;
  y.name = "y", y.unit = Readout{}, y.shape = {1, 3};
  const Network network({1e-3, 5}, {y}, {});
  const SoftmaxSumLoss right{.population = 0, .label = 1, .ignore_steps = 2};
  testing::Dice dice(3);
  EXPECT_EQ(check(right, network, dice), "");
  EXPECT_NE(check(ForgetsTheMean{right}, network, dice), "");
  EXPECT_NE(check(CountsAllSteps{right}, network, dice), "");
}

// Softmax of (0, log 7): (1/8, 7/8), in each of the two steps that count; then -log softmax of (1/4, 7/4).
TEST(CrossEntropy, KnownValueOfTheSoftmaxSum) {
  Population y;
  y.name = "y", y.unit = Readout{}, y.shape = {1, 2};
  const Network network({1e-3, 3}, {y}, {});
  Tape<double> tape;
  tape.output = Grid<double>(3, 2);
  tape.output[0][0] = 1e6;
  tape.output[1][1] = tape.output[2][1] = std::log(7.0);
  const SoftmaxSumLoss loss{.population = 0, .label = 1, .ignore_steps = 1};
  EXPECT_NEAR(loss.value(network, tape), std::log1p(std::exp(-1.5)), 1e-15);
  EXPECT_EQ(prediction_of(loss, network, tape), 1u);
  EXPECT_EQ(prediction_of(SoftmaxSumLoss{}, network, tape), 1u);  // 5/4 against 7/4
  EXPECT_EQ(prediction_of(MeanCrossEntropyLoss{}, network, tape), 0u);
}

struct CountsEverySpike : FirstSpikeCrossEntropyLoss {  // also those after the first
  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    const auto adj = detail::cross_entropy_gradient(logits(network, tape), label);
    for (std::size_t t = 0; t < network.steps(); ++t)
      for (std::size_t i = 0; i < adj.size(); ++i)
        signals.output[t][network.layout(population).unit_offset + i] +=
            scale * adj[i] * static_cast<double>(network.steps() - t);
  }
};

Network two_spiking_units(std::size_t steps) {
  Population y;
  y.name = "y", y.unit = Lif{}, y.shape = {1, 2};
  return Network({1e-3, steps}, {y}, {});
}

TEST(Loss, CheckerRejectsAPlantedErrorOfTheFirstSpike) {
  const FirstSpikeCrossEntropyLoss right{.population = 0, .label = 1, .scale = 0.5};
  testing::Dice dice(3);
  EXPECT_EQ(check(right, two_spiking_units(5), dice), "");
  EXPECT_NE(check(CountsEverySpike{right}, two_spiking_units(5), dice), "");
}

// Unit 0 spikes in steps 1 and 3 of 4, unit 1 never.
TEST(CrossEntropy, KnownValuesOfSpikes) {
  const Network network = two_spiking_units(4);
  Tape<double> tape;
  tape.output = Grid<double>(4, 2);
  tape.output[1][0] = tape.output[3][0] = 1.0;
  const CountCrossEntropyLoss count{.population = 0, .label = 1, .scale = 0.5};  // counts 2 and 0
  EXPECT_NEAR(count.value(network, tape), std::log1p(std::exp(1.0)), 1e-15);
  const FirstSpikeCrossEntropyLoss first{.population = 0, .label = 0, .scale = 0.5};  // 1 and 4 steps
  EXPECT_NEAR(first.value(network, tape), std::log1p(std::exp(-1.5)), 1e-15);
  EXPECT_EQ(prediction_of(first, network, tape), 0u);
  Signals signals;
  signals.reset(4, 2);
  first.gradient(network, tape, signals);
  // A spike in step 0 would save one step; without that of step 1 the next is two steps later; others change nothing.
  const double p = 1.0 / (1.0 + std::exp(-1.5)), unit = 0.5 * (p - 1.0);
  EXPECT_NEAR(signals.output[0][0], unit * 1.0, 1e-15);
  EXPECT_NEAR(signals.output[1][0], unit * 2.0, 1e-15);
  EXPECT_EQ(signals.output[2][0], 0.0);
  EXPECT_EQ(signals.output[3][0], 0.0);
  EXPECT_NEAR(signals.output[0][1], 0.5 * (1.0 - p) * 4.0, 1e-15);
}

// -log softmax of (0, log 3): P(label 1) = 3/4. Large potentials do not overflow.
TEST(CrossEntropy, KnownValuesAndLargePotentials) {
  Population y;
  y.name = "y", y.unit = Readout{}, y.shape = {1, 2};
  const Network network({1e-3, 2}, {y}, {});
  Tape<double> tape;
  tape.output = Grid<double>(2, 2);
  tape.output[0][1] = std::log(3.0);
  EXPECT_NEAR((MaxCrossEntropyLoss{0, 1}.value(network, tape)), std::log(4.0 / 3.0), 1e-15);
  tape.output[1][1] = -std::log(3.0);
  EXPECT_NEAR((MeanCrossEntropyLoss{0, 1}.value(network, tape)), std::log(2.0), 1e-15);
  tape.output[0][1] = 1e6;
  EXPECT_EQ((MaxCrossEntropyLoss{0, 1}.value(network, tape)), 0.0);
  EXPECT_EQ((MaxCrossEntropyLoss{0, 0}.value(network, tape)), 1e6);
  Signals signals;
  signals.reset(2, 2);
  MaxCrossEntropyLoss{0, 0}.gradient(network, tape, signals);
  EXPECT_EQ(signals.output[0][0], -1.0);
  EXPECT_EQ(signals.output[0][1], 1.0);
}

}  // namespace
}  // namespace spikegrad
