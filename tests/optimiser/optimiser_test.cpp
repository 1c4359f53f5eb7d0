// SPDX-License-Identifier: Apache-2.0
// The family's contract (optimiser/optimiser.hpp) on every member, two members that break it, and each
// member's own formula.
#include "spikegrad/optimiser/optimiser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/random.hpp"

namespace spikegrad {
namespace {

using Make = std::function<std::unique_ptr<Optimiser>(std::size_t size)>;

/// The laws that a member breaks; empty where it keeps them.
std::set<std::string> broken_laws(const Make& make) {
  constexpr std::size_t size = 6;
  constexpr int steps = 50;
  std::set<std::string> broken;
  SequentialRng rng(1);
  std::vector<double> start(size), zero(size);
  for (double& w : start) w = rng.normal();

  std::vector<double> w = start;
  const auto still = make(size);
  for (int n = 0; n < steps; ++n) still->step(0.1, zero, w);
  if (w != start) broken.insert("moves without a gradient");

  std::vector<double> whole = start, halves = start, gradient(size);
  const auto one = make(size), first = make(size / 2), second = make(size - size / 2);
  for (int n = 0; n < steps; ++n) {
    for (double& g : gradient) g = rng.normal();
    one->step(0.1, gradient, whole);
    const auto g = std::span<const double>(gradient);
    first->step(0.1, g.first(size / 2), std::span(halves).first(size / 2));
    second->step(0.1, g.subspan(size / 2), std::span(halves).subspan(size / 2));
  }
  if (whole != halves) broken.insert("components act on each other");

  // L = Σ c_i w_i² / 2, curvatures from 0.5 to 3
  w = start;
  const auto descent = make(size);
  double before = 0.0, after = 0.0;
  for (const double v : w) before += v * v;
  for (int n = 0; n < 2000; ++n) {
    for (std::size_t i = 0; i < size; ++i) gradient[i] = 0.5 * static_cast<double>(i + 1) * w[i];
    descent->step(1e-2, gradient, w);
  }
  for (const double v : w) after += v * v;
  if (!(after < 1e-3 * before)) broken.insert("does not go down");

  const auto resumed = make(size);
  const auto from = descent->state(), to = resumed->state();
  for (std::size_t k = 0; k < from.size(); ++k) std::copy(from[k].begin(), from[k].end(), to[k].begin());
  std::vector<double> other = w;
  for (int n = 0; n < steps; ++n) {
    for (double& g : gradient) g = rng.normal();
    descent->step(0.1, gradient, w);
    resumed->step(0.1, gradient, other);
  }
  if (w != other) broken.insert("cannot be resumed");
  return broken;
}

TEST(OptimiserFamily, EveryMemberKeepsTheContract) {
  ASSERT_EQ(optimisers().size(), 4u) << "a new optimiser needs a test of its own formula, below";
  for (const OptimiserInfo& info : optimisers())
    for (const OptimiserSettings& settings : {OptimiserSettings{}, OptimiserSettings{.momentum = 0.9}})
      EXPECT_EQ(broken_laws([&](std::size_t size) { return info.make(settings, size); }),
                std::set<std::string>{})
          << info.name;
}

/// Goes up, scales by the length of the whole gradient, or remembers what its state does not say.
class Planted final : public Optimiser {
 public:
  Planted(double direction, bool normalised, bool forgets = false)
      : direction_(direction), normalised_(normalised), forgets_(forgets) {}
  void step(double rate, std::span<const double> gradient, std::span<double> parameters) override {
    double length = normalised_ ? 0.0 : 1.0;
    if (normalised_)
      for (const double g : gradient) length += g * g;
    for (std::size_t i = 0; i < parameters.size(); ++i)
      parameters[i] -= length > 0.0 ? direction_ * rate * gradient[i] / std::sqrt(length) : 0.0;
    if (forgets_) direction_ *= 0.999;
  }
  std::vector<std::span<double>> state() override { return {}; }

 private:
  double direction_;
  bool normalised_, forgets_;
};

TEST(OptimiserFamily, PlantedErrorsAreCaught) {
  EXPECT_EQ(broken_laws([](std::size_t) { return std::make_unique<Planted>(-1.0, false); }),
            std::set<std::string>{"does not go down"});
  EXPECT_TRUE(broken_laws([](std::size_t) {
                return std::make_unique<Planted>(1.0, true);
              }).contains("components act on each other"));
  EXPECT_TRUE(broken_laws([](std::size_t) {
                return std::make_unique<Planted>(1.0, false, true);
              }).contains("cannot be resumed"));
}

/// Displacement after each of `steps` steps with a constant gradient.
std::vector<double> constant_gradient(const std::string& name, const OptimiserSettings& settings,
                                      double gradient, int steps) {
  const auto optimiser = find_optimiser(name).make(settings, 1);
  std::vector<double> w{0.0}, g{gradient}, path;
  for (int n = 0; n < steps; ++n) {
    optimiser->step(0.1, g, w);
    path.push_back(w[0]);
  }
  return path;
}

TEST(Sgd, MomentumSumsPastGradients) {
  // v_n = g (1 - μⁿ)/(1 - μ)
  const auto path = constant_gradient("sgd", {.momentum = 0.5}, 2.0, 10);
  double expected = 0.0;
  for (int n = 1; n <= 10; ++n) {
    expected -= 0.1 * 2.0 * (1.0 - std::pow(0.5, n)) / 0.5;
    EXPECT_NEAR(path[n - 1], expected, 1e-14);
  }
  const auto plain = constant_gradient("sgd", {}, 2.0, 3);
  EXPECT_NEAR(plain[2], -0.6, 1e-15);
}

TEST(Adam, ConstantGradientGivesStepsOfTheRateWhateverItsSize) {
  for (const double g : {1e-3, 2.0, -5e4}) {
    const auto path = constant_gradient("adam", {.epsilon = 1e-30}, g, 20);
    for (int n = 1; n <= 20; ++n) EXPECT_NEAR(path[n - 1], g > 0 ? -0.1 * n : 0.1 * n, 1e-12) << g;
  }
}

TEST(Adam, SecondStepAfterAChangeOfSign) {
  // m̂ = (β1(1-β1) - (1-β1))/(1-β1²) = -(1-β1)/(1+β1) and v̂ = 1 for the gradients 1, -1
  const auto adam = find_optimiser("adam").make({.beta1 = 0.8, .epsilon = 1e-30}, 1);
  std::vector<double> w{0.0};
  adam->step(1.0, std::vector<double>{1.0}, w);
  adam->step(1.0, std::vector<double>{-1.0}, w);
  EXPECT_NEAR(w[0], -1.0 + 0.2 / 1.8, 1e-12);
}

TEST(AdamW, ShrinksTheWeightsBesideTheStep) {
  const auto adamw = find_optimiser("adamw").make({.weight_decay = 0.5}, 1);
  std::vector<double> w{2.0};
  adamw->step(0.1, std::vector<double>{0.0}, w);
  EXPECT_NEAR(w[0], 2.0 * 0.95, 1e-15);
}

TEST(Smorms3, FirstStepsByHand) {
  // Step 1: m = 1, r = ½, g = d/2, g2 = d²/2, q = ½: the rate is less, so w moves by rate · √2, m ← 1.5.
  // Step 2 with -d: r = 0.4, g = 0.3d - 0.4d = -0.1d, g2 = 0.3d² + 0.4d² = 0.7d², q = 0.01/0.7 is less.
  const auto smorms = find_optimiser("smorms3").make({}, 1);
  std::vector<double> w{0.0};
  smorms->step(0.1, std::vector<double>{3.0}, w);
  EXPECT_NEAR(w[0], -0.1 * std::sqrt(2.0), 1e-12);
  smorms->step(0.1, std::vector<double>{-3.0}, w);
  EXPECT_NEAR(w[0], -0.1 * std::sqrt(2.0) + 0.01 / 0.7 / std::sqrt(0.7), 1e-12);
}

TEST(OptimiserRegistry, UnknownNamesAndImpossibleSettings) {
  try {
    find_optimiser("adm");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(),
                 "there is no optimiser 'adm' (did you mean 'adam'? there are: sgd, adam, adamw, smorms3)");
  }
  EXPECT_EQ(OptimiserSettings{}.invalid(), "");
  EXPECT_NE((OptimiserSettings{.beta2 = 1.0}.invalid()), "");
}

}  // namespace
}  // namespace spikegrad
