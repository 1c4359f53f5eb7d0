// SPDX-License-Identifier: Apache-2.0
// The sources of draws: frequencies and independence of CounterDraws, and what the wrappers promise.
#include "spikegrad/engine/draws.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <vector>

namespace spikegrad {
namespace {

// Spike counts over n slots against n p, for 20 probabilities: Σ (k - n p)²/(n p (1-p)) is chi-square with 20
// degrees of freedom. Its 1e-6 and 1 - 1e-6 quantiles are 2.6 and 66.4: false-alarm rate 2e-6.
double chi_square(const std::function<bool(std::uint32_t, double)>& below) {
  constexpr std::uint32_t n = 100'000;
  double sum = 0.0;
  for (int k = 1; k <= 20; ++k) {
    const double p = k / 21.0;
    double spikes = 0.0;
    // Each p has slots of its own: the counts are independent.
    for (std::uint32_t i = 0; i < n; ++i) spikes += below(i + static_cast<std::uint32_t>(k) * n, p);
    sum += (spikes - n * p) * (spikes - n * p) / (n * p * (1.0 - p));
  }
  return sum;
}
bool plausible(double chi2) {
  return chi2 > 2.6 && chi2 < 66.4;
}

TEST(CounterDraws, SpikeFrequenciesAreTheProbabilities) {
  CounterDraws draws(7, 1, 2);
  const auto spike = [&](std::uint32_t i, double p) { return draws.below({2, i % 50, i / 50, 0}, p); };
  EXPECT_TRUE(plausible(chi_square(spike))) << chi_square(spike);
  const auto auxiliary = [&](std::uint32_t i, double p) { return draws.auxiliary_below(i, p); };
  EXPECT_TRUE(plausible(chi_square(auxiliary))) << chi_square(auxiliary);
  const auto replica = [&](std::uint32_t i, double p) { return draws.below({2, i % 50, 3, i / 50}, p); };
  EXPECT_TRUE(plausible(chi_square(replica))) << chi_square(replica);
  const auto trials = [&](std::uint32_t i, double p) { return CounterDraws(7, 1, i).below({1, 0, 0, 0}, p); };
  EXPECT_TRUE(plausible(chi_square(trials))) << chi_square(trials);

  // Planted: a coin 1 % off, and one that is too even.
  EXPECT_FALSE(plausible(chi_square([&](std::uint32_t i, double p) { return spike(i, 1.01 * p); })));
  EXPECT_FALSE(plausible(
      chi_square([&](std::uint32_t i, double p) { return std::fmod(i * 0.6180339887498949, 1.0) < p; })));
}

// One object asked all over the place answers like one made for each question: what it keeps from the last
// one changes nothing.
TEST(CounterDraws, TheOrderOfQuestionsDoesNotMatter) {
  CounterDraws draws(3, 4, 5);
  const auto check = [&](const Slot& slot) {
    for (const double p : {0.1, 0.3, 0.5, 0.7, 0.9})
      ASSERT_EQ(draws.below(slot, p), CounterDraws(3, 4, 5).below(slot, p))
          << slot.population << ' ' << slot.unit << ' ' << slot.step << ' ' << slot.replica;
  };
  check({0, 0, 0, 0});  // the first question is about the block that an empty memory would be taken for
  for (std::uint32_t k = 0; k < 300; ++k) {
    const Slot slot{k % 3, k % 7, k % 5, k % 2};
    check(slot);
    check({slot.population + 1, slot.unit, slot.step, slot.replica});
    ASSERT_EQ(draws.auxiliary_below(k, 0.5), CounterDraws(3, 4, 5).auxiliary_below(k, 0.5));
    check({slot.population + 1, slot.unit, slot.step, slot.replica + 1});
    check({slot.population + 1, slot.unit, slot.step + 1, slot.replica + 1});
    check({slot.population + 1, slot.unit + 4, slot.step + 1, slot.replica + 1});
  }
}

// Each slot paired with its neighbour along each coordinate of its identity: the product of two centred,
// scaled spikes has mean 0 and variance 1. Seven coordinates and three p, two-sided, |z| < 5: false-alarm
// rate 21 · 5.7e-7 = 1.2e-5.
TEST(CounterDraws, NeighbouringSpikesAreUncorrelated) {
  constexpr std::uint32_t n = 100'000;
  for (const double p : {0.05, 0.5, 0.9}) {
    const auto scaled = [p](bool spike) { return ((spike ? 1.0 : 0.0) - p) / std::sqrt(p * (1.0 - p)); };
    std::array<double, 7> sums{};
    CounterDraws here(3, 4, 5), next_sample(3, 5, 5), next_trial(3, 4, 6), next_seed(4, 4, 5);
    for (std::uint32_t i = 0; i < n; ++i) {
      const Slot slot{1, i % 100, i / 100, 0};
      const double centre = scaled(here.below(slot, p));
      sums[0] += centre * scaled(here.below({2, slot.unit, slot.step, 0}, p));
      sums[1] += centre * scaled(here.below({1, slot.unit + 1, slot.step, 0}, p));
      sums[2] += centre * scaled(here.below({1, slot.unit, slot.step + 1, 0}, p));
      sums[3] += centre * scaled(here.below({1, slot.unit, slot.step, 1}, p));
      sums[4] += centre * scaled(next_sample.below(slot, p));
      sums[5] += centre * scaled(next_trial.below(slot, p));
      sums[6] += centre * scaled(next_seed.below(slot, p));
    }
    for (const double sum : sums) EXPECT_LT(std::abs(sum) / std::sqrt(double{n}), 5.0) << "p = " << p;
  }
}

TEST(CounterDraws, OneSlotHasOneNumberHoweverOftenAsked) {
  CounterDraws draws(3, 4, 5);
  for (std::uint32_t unit = 0; unit < 200; ++unit) {
    const Slot slot{1, unit, 9, 0};
    bool before = false;
    for (double p = 0.0; p <= 1.0; p += 1.0 / 64) {
      const bool below = draws.below(slot, p);
      EXPECT_TRUE(below || !before) << "not monotone in p: the answers are not one number's";
      before = below;
      EXPECT_EQ(draws.below(slot, p), below);
    }
    EXPECT_FALSE(draws.below(slot, 0.0));
    EXPECT_TRUE(draws.below(slot, 1.0));
  }
}

TEST(ForcedDraws, ChangesItsSlotAndNoOther) {
  CounterDraws draws(3, 4, 5);
  const Slot slot{1, 2, 3, 0};
  for (const bool spike : {false, true}) {
    ForcedDraws forced(draws, slot, spike);
    for (const double p : {0.0, 0.5, 1.0}) EXPECT_EQ(forced.below(slot, p), spike);
    for (std::uint32_t i = 0; i < 100; ++i) {
      EXPECT_EQ(forced.below({1, 2, 4 + i, 0}, 0.5), draws.below({1, 2, 4 + i, 0}, 0.5));
      EXPECT_EQ(forced.auxiliary_below(i, 0.5), draws.auxiliary_below(i, 0.5));
    }
    EXPECT_EQ(forced.below({1, 2, 3, 1}, 0.5), draws.below({1, 2, 3, 1}, 0.5)) << "another replica";
  }
}

TEST(ReplicaDraws, AreTheReplicasOfTheSource) {
  CounterDraws draws(3, 4, 5);
  ReplicaDraws replica(draws, 6);
  for (std::uint32_t i = 0; i < 100; ++i)
    EXPECT_EQ(replica.below({1, i, 2, 0}, 0.5), draws.below({1, i, 2, 6}, 0.5));
}

}  // namespace
}  // namespace spikegrad
