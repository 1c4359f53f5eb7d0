// SPDX-License-Identifier: Apache-2.0
// No allocation per operation with pruning.
#include <gtest/gtest.h>

#include <array>

#include "reference.hpp"
#include "tests/support/allocations.hpp"

namespace sad_test::of_allocation {
namespace {

/// Many draws, lookups, branches and functions: a walk with state-dependent steps and nested draws.
template <int steps>
constexpr auto program = [](auto p, auto& rng) {
  auto state = 0 * p;
  auto total = state;
  for (int step = 0; step < steps; ++step) {
    const auto up = exp(-abs(state) / (20 * p));
    state += sad::at(std::array{-1.0, 1.0}, sad::categorical(rng, std::array{1 - up, up}));
    const auto n = sad::binomial(rng, 5, p);
    total += sad::binomial(rng, n, p) + sad::poisson(rng, 0.1 + 0.01 * n) + sad::geometric(rng, 0.5 + p / 4);
    total = sad::propagate([](auto t) { return t > 500 ? t - 500 : t; }, total);
  }
  return total + state * state;
};

template <class Backend, int steps>
long allocations_of_a_run() {
  sad::Rng rng(1);
  const long before = spikegrad::testing::allocations();
  (void)sad::derivative_estimate<Backend>(program<steps>, 0.4, rng);
  return spikegrad::testing::allocations() - before;
}

TEST(Allocation, NoneWithPruning) {
  EXPECT_EQ((allocations_of_a_run<sad::PruneByWeight, 200>()), 0);
  EXPECT_EQ((allocations_of_a_run<sad::PruneByWins, 200>()), 0);
  EXPECT_EQ((allocations_of_a_run<sad::OneAlternative, 200>()), 0);
}

TEST(Allocation, AbandonedEventsOnlyMakeTheTableDouble) {
  // Some 30,000 draws leave events that no later number depends on, and that therefore never meet another
  // one.
  EXPECT_LE((allocations_of_a_run<sad::PruneByWeight, 20000>()), 8);
  EXPECT_EQ((allocations_of_a_run<sad::OneAlternative, 20000>()), 0);
}

TEST(Allocation, TheCounterCounts) {
  if (!spikegrad::testing::counts_allocations) GTEST_SKIP() << "the sanitizer has an operator new of its own";
  EXPECT_GT((allocations_of_a_run<sad::KeepAll, 200>()), 1000);  // keeps its alternatives on the heap
}

}  // namespace
}  // namespace sad_test::of_allocation
