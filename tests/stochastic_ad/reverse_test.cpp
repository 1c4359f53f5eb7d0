// SPDX-License-Identifier: Apache-2.0
// Reverse mode against exact gradients: 2 programs × 3 parameters × 2 back ends × (std::array and std::vector) = 24
// two-sided z-tests; |z| > 5 has probability 5.7e-7, in all 1.4e-5. Fixed seed. With every alternative kept it is
// vector mode with the same rule, run by run.

#include "spikegrad/stochastic_ad/reverse.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "gradient_programs.hpp"

namespace sad_test::of_reverse {
namespace {

constexpr double z_limit = 5;
constexpr int runs = 40000;

/// As Classes, with every class possible.
struct OpenClasses {
  static auto probabilities(const auto& p) {
    const auto total = 1 + p[0] + p[1] + p[2];
    return std::array{1 / total, p[0] / total, p[2] / total, p[1] / total};
  }
  static auto run(const auto& p, auto& rng) {
    const auto k = sad::categorical(rng, probabilities(p));
    return Branches::run(p, rng) + (1 + k) * sad::at(std::array{p[0], 4 * p[1], p[2] * p[0], 2 + p[2]}, k);
  }
  template <class P>
  static P mean(const std::array<P, 3>& p) {
    const std::array table{p[0], 4 * p[1], p[2] * p[0], 2 + p[2]};
    P sum = Branches::mean(p);
    for (std::size_t k = 0; k < 4; ++k) sum += probabilities(p)[k] * (1 + double(k)) * table[k];
    return sum;
  }
};

template <class Backend, class Program, class P>
double largest_z(const P& p, sad::Rng& rng) {
  return largest_z_of<Program>(
      runs, [&] { return sad::reverse_gradient_estimate<Backend>(program<Program>, p, rng); });
}
template <class Backend>
void expect_unbiased() {
  sad::Rng rng(93);
  EXPECT_LT((largest_z<Backend, Chain>(at, rng)), z_limit);
  EXPECT_LT((largest_z<Backend, OpenClasses>(at, rng)), z_limit);
  EXPECT_LT((largest_z<Backend, Chain>(at_vector, rng)), z_limit);
  EXPECT_LT((largest_z<Backend, OpenClasses>(at_vector, rng)), z_limit);
}
TEST(SlowReverse, IsUnbiasedWithEveryAlternative) {
  expect_unbiased<sad::KeepAll>();
}
TEST(SlowReverse, IsUnbiasedPrunedByWins) {
  expect_unbiased<sad::PruneByWins>();
}

TEST(Reverse, TheTestSeesWrongPruning) {
  sad::Rng rng(94);
  EXPECT_GT((largest_z<PruneWithoutCorrection<sad::ByWins>, Chain>(at, rng)), z_limit);
}

/// Draws of every kind, each depending on the one before.
constexpr auto every_draw = [](const auto& p, auto& rng, sad::Rule rule) {
  const auto a = sad::poisson(rng, p[0] * p[2], rule);
  const auto b = sad::binomial(rng, 2 + a, p[1], rule);
  const auto c = sad::geometric(rng, 1 / (1 + b * p[0]), rule);
  const auto total = p[0] + p[1] * p[1] + p[2] / (1 + c);
  const auto d =
      sad::categorical(rng, std::array{p[0] / total, p[1] * p[1] / total, p[2] / (1 + c) / total}, rule);
  return a * b - c * pow(p[1], d) + sad::bernoulli(rng, p[0], rule) * d * d + max(p[0] * a, p[1] * p[1]);
};
template <class Backend>
void expect_vector_mode(sad::Rule rule) {
  const auto f = [rule](const auto& p, auto& rng) { return every_draw(p, rng, rule); };
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    sad::Rng one(seed), other(seed);
    const auto reverse = sad::reverse_gradient_estimate<Backend>(f, at, one);
    const auto forward = sad::gradient_estimate<Backend>(f, at, other);
    for (std::size_t k = 0; k < 3; ++k)
      EXPECT_NEAR(reverse[k], forward[k], 1e-11 * (1 + std::abs(forward[k]))) << "seed " << seed;
    EXPECT_EQ(one(), other());
  }
}
TEST(Reverse, IsVectorModeRunByRun) {
  for (const auto rule :
       {sad::Rule::right, sad::Rule::left, sad::Rule::two_sided, sad::Rule::straight_through}) {
    expect_vector_mode<sad::KeepAll>(rule);
    expect_vector_mode<sad::Smoothed>(rule);
  }
}

TEST(Reverse, RefusesWhatAsksForASign) {
  sad::Rng rng(1);
  const auto positive = [](const auto& p, auto& r) { return every_draw(p, r, sad::Rule::positive); };
  EXPECT_THROW(sad::reverse_gradient_estimate(positive, at, rng), spikegrad::UserError);
  EXPECT_THROW(sad::reverse_gradient_estimate(program<Classes>, at, rng), spikegrad::UserError);
}

TEST(Reverse, OfAProgramWithoutParameters) {
  sad::Rng rng(1);
  EXPECT_EQ(sad::reverse_gradient_estimate([](const auto&, auto& r) { return sad::uniform(r); }, at, rng),
            (std::array<double, 3>{}));
  EXPECT_EQ(sad::reverse_gradient_estimate([](const auto& p, auto&) { return p[1] * p[1]; }, at_vector, rng),
            (std::vector<double>{0, 1.2, 0}));
}

}  // namespace
}  // namespace sad_test::of_reverse
