// SPDX-License-Identifier: Apache-2.0
// Categorical draws with classes of probability 0 that are about to become possible.
#include <gtest/gtest.h>

#include <array>

#include "reference.hpp"

namespace sad_test::of_categorical {
namespace {

/// Probabilities at t = 0 and their slopes: classes of probability 0 below, between (two) and above the
/// others.
constexpr std::array<double, 8> p0 = {0, 0.3, 0, 0, 0.45, 0.25, 0, 0};
constexpr std::array<double, 8> slopes_in_order = {0.3,  -0.9, 0.2, 0.4,
                                                   -0.6, 0.4,  0.1, 0.1};  // a gives, b gives
constexpr std::array<double, 8> slopes_passing = {0.1, -1.2, 0.2, 0.3,
                                                  0.5, -0.2, 0,   0.3};                   // a feeds b as well
constexpr std::array<double, 8> slopes_from_above = {0, 0.4, 0.1, 0.2, -0.9, 0.2, 0, 0};  // b feeds all

template <class P>
auto probabilities(const P& t, const std::array<double, 8>& slopes, int sign) {
  std::array<P, 8> p;
  for (std::size_t i = 0; i < p.size(); ++i) p[i] = p0[i] + sign * slopes[i] * t;
  return p;
}
template <class X>
auto squares(const X& x) {
  return (x - 2) * (x - 2) + x;
}
/// Σ δ_i f(i)
double exact(const std::array<double, 8>& slopes, int sign, bool linear) {
  double sum = 0;
  for (std::size_t i = 0; i < slopes.size(); ++i)
    sum += sign * slopes[i] * (linear ? double(i) : squares(double(i)));
  return sum;
}

TEST(Categorical, ClassesOfProbabilityZeroTakePart) {
  // 3 slopes × 2 directions × 5 rules × 4 back ends = 120 tests; |z| > 5.5 has probability 3.8e-8: 5e-6 in
  // all.
  sad::Rng rng(11);
  double largest = 0;
  const auto check = [&]<class Backend>(Backend) {
    for (const auto& slopes : {slopes_in_order, slopes_passing, slopes_from_above})
      for (const int sign : {1, -1})
        for (const Rule rule : all_rules) {
          Mean mean;
          for (int i = 0; i < 20000; ++i)
            mean.add(sad::derivative_estimate<Backend>(
                [&](auto t, auto& r) {
                  return squares(sad::categorical(r, probabilities(t, slopes, sign), rule));
                },
                0.0, rng));
          const double z = mean.z(exact(slopes, sign, false));
          EXPECT_LT(std::abs(z), 5.5) << name_of(rule) << " " << sign;
          largest = std::max(largest, std::abs(z));
        }
  };
  check(sad::KeepAll());
  check(sad::PruneByWeight());
  check(sad::PruneByWins());
  check(sad::OneAlternative());
  std::printf("120 tests, largest |z| %.2f (limit 5.5)\n", largest);
}

TEST(Categorical, PositiveRuleHasPositiveWeightsTowardsThePossibleSide) {
  sad::Rng rng(12);
  for (const auto& slopes : {slopes_in_order, slopes_passing, slopes_from_above})
    for (int i = 0; i < 2000; ++i) {
      const auto x = sad::stochastic_triple<sad::KeepAll>(
          [&](auto t, auto& r) { return sad::categorical(r, probabilities(t, slopes, 1)); }, 0.0, rng);
      for (const auto& alternative : x.perturbations) EXPECT_GT(alternative.weight, 0);
    }
}

TEST(Categorical, StraightThroughSlopeIsThatOfTheMean) {
  sad::Rng rng(13);
  for (const auto& slopes : {slopes_in_order, slopes_passing, slopes_from_above})
    for (const int sign : {1, -1})
      for (int i = 0; i < 200; ++i)
        EXPECT_NEAR(sad::derivative_estimate<sad::Smoothed>(
                        [&](auto t, auto& r) { return sad::categorical(r, probabilities(t, slopes, sign)); },
                        0.0, rng),
                    exact(slopes, sign, true), 1e-12);
}

TEST(Categorical, IgnoringTheClassesOfProbabilityZeroIsCaught) {
  // The alternative is the next class of p ≠ 0, as if the others stayed impossible.
  sad::Rng rng(14);
  Mean mean;
  for (int i = 0; i < 20000; ++i)
    mean.add(sad::derivative_estimate(
        [&](auto t, auto& r) {
          const auto p = probabilities(t, slopes_in_order, 1);
          const std::array possible = {p[0] + p[1] + p[2] + p[3], p[4], p[5] + p[6] + p[7]};
          return squares(sad::at(std::array{1.0, 4.0, 5.0}, sad::categorical(r, possible)));
        },
        0.0, rng));
  EXPECT_GT(std::abs(mean.z(exact(slopes_in_order, 1, false))), 5.5);
}

TEST(Categorical, SlopesThatDoNotSumToZeroAreRefused) {
  // 0.6 where 1 - p was meant: right at p = 0.4 alone.
  sad::Rng rng(16);
  const auto forgotten = [](auto p, auto& r) { return sad::categorical(r, std::array{p, 0.6 + 0 * p}); };
  EXPECT_NO_THROW(forgotten(0.4, rng));
  EXPECT_THROW(sad::derivative_estimate(forgotten, 0.4, rng), spikegrad::UserError);
  // A softmax so steep that its slopes are rounding errors is not refused.
  for (const double p : {0.3, 30.0, 300.0}) {
    const auto softmax = [](auto t, auto& r) {
      const auto a = exp(-t), b = exp(-2 * t), sum = 1 + a + b;
      return sad::categorical(r, std::array{1 / sum, a / sum, b / sum});
    };
    EXPECT_NO_THROW(sad::derivative_estimate(softmax, p, rng));
    EXPECT_NO_THROW(sad::derivative_estimate(softmax, static_cast<float>(p) / 4, rng));
  }
}

TEST(Categorical, SlopesOfBothSignsBetweenPossibleClassesAreRefused) {
  sad::Rng rng(15);
  const auto f = [](auto t, auto& r) {
    return sad::categorical(r, std::array{0.5 + 0 * t, t, -t, 0.5 + 0 * t});
  };
  EXPECT_THROW(sad::derivative_estimate(f, 0.0, rng), spikegrad::UserError);
}

}  // namespace
}  // namespace sad_test::of_categorical
