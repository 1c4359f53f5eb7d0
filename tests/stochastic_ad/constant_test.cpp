// SPDX-License-Identifier: Apache-2.0
// A draw has no derivative part, and none may come of it where a slope is infinite: 0 · ∞ is NaN as plain
// arithmetic.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "reference.hpp"
#include "tests/support/number_functions.hpp"

namespace sad_test::of_constant {
namespace {

using namespace spikegrad::testing;

template <class Backend>
class Constants : public testing::Test {
 protected:
  using Number = sad::StochasticTriple<double, Backend>;
  sad::Rng rng_{1};
  typename Backend::Run run_{rng_};

  /// This value, with an alternative one larger.
  Number around(double x) { return x + sad::bernoulli_at(0.9, sad::variable<Backend>(run_, 0.25)); }
};
using WithAlternatives =
    testing::Types<sad::KeepAll, sad::PruneByWeight, sad::PruneByWins, sad::OneAlternative>;
TYPED_TEST_SUITE(Constants, WithAlternatives);

TYPED_TEST(Constants, StayConstantsThroughEveryFunction) {
  for_each_unary([&](const char* name, auto f) {
    for (const double x : difficult_values)
      EXPECT_EQ(sad::derivative(f(this->around(x))), 0) << name << ' ' << x;
  });
  for_each_binary([&](const char* name, auto f) {
    for (const double x : difficult_values)
      for (const double y : difficult_values) {
        const auto a = this->around(x);
        EXPECT_EQ(sad::derivative(f(a, this->around(y))), 0) << name << ' ' << x << ' ' << y;
        EXPECT_EQ(sad::derivative(f(a, y)), 0) << name << ' ' << x << ' ' << y;
        EXPECT_EQ(sad::derivative(f(y, a)), 0) << name << ' ' << y << ' ' << x;
      }
  });
}

/// z of the mean of `runs` estimates. One test at |z| < 4.5 has a false-alarm rate of 7e-6.
template <class F>
double z_of(F&& f, double p, double truth) {
  sad::Rng rng(7);
  Mean mean;
  for (int run = 0; run < 20000; ++run) mean.add(sad::derivative_estimate(f, p, rng));
  return mean.z(truth);
}

TEST(ConstantsInPrograms, FinitePrograms) {
  constexpr double p = 0.3, q = 0.7, pi = std::numbers::pi;
  EXPECT_LT(std::abs(z_of([](auto t, auto& r) { return asin(sad::bernoulli(r, t)); }, p, pi / 2)), 4.5);
  EXPECT_LT(std::abs(z_of([](auto t, auto& r) { return acos(1 - 2 * sad::bernoulli(r, t)); }, p, pi)), 4.5);
  // E[(-1)^k] = e^{-2λ}
  EXPECT_LT(
      std::abs(z_of([](auto t, auto& r) { return pow(-1.0, sad::poisson(r, t)); }, 0.7, -2 * std::exp(-1.4))),
      4.5);
  // p · E[1 or 1/2 or 0 …]: the value is p/2 without a spike and 0 with one, the mean p (1 - p)/2.
  EXPECT_LT(
      std::abs(z_of([](auto t, auto& r) { return t / (1 + exp(800 * sad::bernoulli(r, t))); }, p, 0.5 - p)),
      4.5);
  // Over k of Binomial(2, p): 2pq at 1, p² at 2, and nothing at 0.
  EXPECT_LT(std::abs(z_of([](auto t, auto& r) { return exp(-1 / sad::binomial(r, 2, t)); }, p,
                          2 * (q - p) * std::exp(-1.0) + 2 * p * std::exp(-0.5))),
            4.5);
  EXPECT_LT(std::abs(z_of([](auto t, auto& r) { return atan(1 / sad::binomial(r, 2, t)); }, p,
                          -2 * q * pi / 2 + 2 * (q - p) * pi / 4 + 2 * p * std::atan(0.5))),
            4.5);
  EXPECT_LT(std::abs(z_of([](auto t, auto& r) { return exp(2 * log(sad::binomial(r, 2, t))); }, p,
                          2 * (q - p) + 8 * p)),
            4.5);
}

TEST(ConstantsInPrograms, LogGammaDirectlyAndInAPropagatedFunction) {
  // E[log(1 + k)!] of Bernoulli(p), shifted: log Γ(3 + k) is log 2 or log 6.
  const double truth = std::log(3.0);
  EXPECT_LT(std::abs(z_of([](auto t, auto& r) { return lgamma(3 + sad::bernoulli(r, t)); }, 0.3, truth)),
            4.5);
  const auto propagated = [](auto t, auto& r) {
    return sad::propagate(
        [](auto k) {
          using std::lgamma;
          return lgamma(k + 3);
        },
        sad::bernoulli(r, t));
  };
  EXPECT_LT(std::abs(z_of(propagated, 0.3, truth)), 4.5);
}

}  // namespace
}  // namespace sad_test::of_constant
