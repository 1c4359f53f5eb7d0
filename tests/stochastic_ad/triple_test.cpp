// SPDX-License-Identifier: Apache-2.0
// The number type: operations see one event as one event, and refuse what would be wrong.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "reference.hpp"

namespace sad_test::of_triple {
namespace {

using spikegrad::UserError;

template <class Backend>
class TripleOf : public testing::Test {
 protected:
  using Number = sad::StochasticTriple<double, Backend>;
  sad::Rng rng_{1};
  typename Backend::Run run_{rng_};

  /// x = 0 with the alternative 1 of weight 1/(1-p) = 4/3.
  Number zero_or_one() { return sad::bernoulli_at(0.9, sad::variable<Backend>(run_, 0.25)); }
};
using WithAlternatives =
    testing::Types<sad::KeepAll, sad::PruneByWeight, sad::PruneByWins, sad::OneAlternative>;
TYPED_TEST_SUITE(TripleOf, WithAlternatives);

template <class A, class B>
concept can_add = requires(A a, B b) {
  a + b;
};

template <class X>
std::vector<double> alternatives_of(const X& x) {
  std::vector<double> out;
  for (const auto& p : sad::sample_of(x).perturbations) out.push_back(sad::value(x) + p.delta);
  return out;
}

TYPED_TEST(TripleOf, OneEventIsOneChangeEverywhere) {
  const auto x = this->zero_or_one();
  ASSERT_EQ(sad::value(x), 0);
  ASSERT_EQ(alternatives_of(x), std::vector{1.0});
  EXPECT_NEAR(sad::sample_of(x).perturbations[0].weight, 4.0 / 3, 1e-15);
  const auto y = x + 2;
  EXPECT_EQ(alternatives_of(y), std::vector{3.0});
  EXPECT_EQ(alternatives_of(y * y), std::vector{9.0});  // not 2·3 or two alternatives
  EXPECT_EQ(alternatives_of(y + x), std::vector{4.0});
  EXPECT_EQ(alternatives_of(y - x), std::vector<double>{});  // unchanged by the event
  EXPECT_EQ(alternatives_of(x * (y + 1) / (x + 1)), std::vector{2.0});
  EXPECT_EQ(alternatives_of(exp(x)), std::vector{std::exp(1.0)});
  EXPECT_EQ(alternatives_of(pow(y, x)), std::vector{3.0});
  EXPECT_EQ(alternatives_of(max(x, 0.5)), std::vector{1.0});
  EXPECT_EQ(alternatives_of(min(x, 0.5)), std::vector{0.5});
  EXPECT_EQ(alternatives_of(floor(x / 2)), std::vector<double>{});
  EXPECT_EQ(alternatives_of(ceil(x / 2)), std::vector{1.0});
  EXPECT_EQ(alternatives_of(round(x / 2)), std::vector{1.0});
  EXPECT_EQ(alternatives_of(trunc(x * 1.5)), std::vector{1.0});
  EXPECT_EQ(alternatives_of(-x), std::vector{-1.0});
  EXPECT_NEAR(sad::derivative_contribution(y * y), 4.0 / 3 * 5, 1e-14);
}

TYPED_TEST(TripleOf, ValueAndDerivativePartAreThoseOfADualNumber) {
  const auto p = sad::variable<TypeParam>(this->run_, 0.3);
  const auto check = [&](auto f) {
    const auto x = f(p);
    const Dual<> d = f(Dual<>(0.3, 1.0));
    EXPECT_EQ(sad::value(x), d.value);
    EXPECT_EQ(sad::derivative(x), d.derivative);
    EXPECT_TRUE(alternatives_of(x).empty());
  };
  check([](auto x) { return 2 * x + x / 3 - 1 / x - (1 - x) * x + (x - 2) / x; });
  check([](auto x) { return exp(x) + expm1(x) + log(x) + log1p(x) + sqrt(x); });
  check([](auto x) { return log2(x) + log10(x) + cbrt(x) + tan(x) + asin(x) + acos(x); });
  check([](auto x) { return sin(x) + cos(x) + tanh(x) + atan(x) + sinh(x) + cosh(x) + erf(x) + erfc(x); });
  check([](auto x) { return abs(x - 1) + fabs(x) + pow(x, 3) + pow(2.0, x) + pow(x, x); });
  check([](auto x) { return max(x, 0.2) + min(x, x * x) + fmax(0.9, x) + fmin(x, 0.7); });
  check([](auto x) {
    x += 1;
    x *= x;
    x -= 0.5;
    x /= 2;
    return +x - -x;
  });
  auto count = p;
  EXPECT_EQ(sad::value(count++) + sad::value(++count), 0.3 + 2.3);
  EXPECT_EQ(sad::value(count--) + sad::value(--count), 2.3 + 0.3);
  count += Dual<>(0.5, 2.0);
  EXPECT_EQ(sad::derivative(count), 3);
}

TYPED_TEST(TripleOf, ComparisonsRefuseABranchTheAlternativeWouldNotTake) {
  const auto x = this->zero_or_one();
  EXPECT_THROW((void)(x < 0.5), UserError);
  EXPECT_THROW((void)(0.5 >= x), UserError);
  EXPECT_THROW((void)(x == 0), UserError);
  EXPECT_THROW((void)(x != 1), UserError);
  EXPECT_THROW((void)(x > 1 - x), UserError);
  try {
    if (x <= 0) FAIL();
    FAIL();
  } catch (const UserError& e) {
    EXPECT_NE(std::string(e.what()).find("propagate(f, x, ...)"), std::string::npos);
  }
  EXPECT_TRUE(isfinite(x) && !isnan(x));
  EXPECT_THROW((void)isfinite(1 / x), UserError);  // ∞ with the alternative 1
  EXPECT_THROW((void)isnan(x / x), UserError);
  EXPECT_TRUE(x < 2);   // value and alternative agree
  EXPECT_TRUE(x == x);  // also where both change together
  EXPECT_TRUE(x + 1 > x);
  EXPECT_FALSE(x > 5);
}

TYPED_TEST(TripleOf, PropagateTakesEachBranch) {
  const auto x = this->zero_or_one();
  const auto y = sad::propagate([](double v) { return v > 0.5 ? 10.0 : 20.0; }, x);
  EXPECT_EQ(sad::value(y), 20);
  EXPECT_EQ(alternatives_of(y), std::vector{10.0});
  // Two arguments, one plain; a library function that takes doubles only.
  const auto z = sad::propagate([](double a, double b) { return std::lgamma(a + b); }, x, 3);
  EXPECT_NEAR(sad::value(z), std::log(2.0), 1e-15);
  EXPECT_NEAR(alternatives_of(z).at(0), std::log(6.0), 1e-14);
  // A boolean result is the number 0 or 1.
  const auto b = sad::propagate([](double v) { return v > 0.5; }, x);
  EXPECT_EQ(alternatives_of(b), std::vector{1.0});
  // Plain numbers pass straight through, so that one program serves both.
  EXPECT_EQ(sad::propagate([](double v) { return v > 0.5 ? 10.0 : 20.0; }, 1.0), 10);
}

TYPED_TEST(TripleOf, PropagateTakesAndReturnsArrays) {
  const auto x = this->zero_or_one();
  const auto sorted = sad::propagate(
      [](std::array<double, 3> v) {
        std::sort(v.begin(), v.end());
        return v;
      },
      std::array{3 * x, 0 * x + 2, 1 - x});
  EXPECT_EQ(sad::value(sorted[0]), 0);
  EXPECT_EQ(sad::value(sorted[1]), 1);
  EXPECT_EQ(sad::value(sorted[2]), 2);  // (0, 2, 1) → (0, 1, 2); the alternative is (3, 2, 0) → (0, 2, 3)
  EXPECT_EQ(alternatives_of(sorted[0]), std::vector<double>{});
  EXPECT_EQ(alternatives_of(sorted[1]), std::vector{2.0});
  EXPECT_EQ(alternatives_of(sorted[2]), std::vector{3.0});
  const auto total = sad::propagate([](const std::vector<double>& v) { return v[0] > v[1] ? v[0] : -v[1]; },
                                    std::vector{x, x / 2 + 0.25});
  EXPECT_EQ(sad::value(total), -0.25);
  EXPECT_EQ(alternatives_of(total), std::vector{1.0});
}

TYPED_TEST(TripleOf, PropagateWithADerivativePartNeedsAGenericFunction) {
  const auto p = sad::variable<TypeParam>(this->run_, 0.3);
  const auto y = sad::propagate([](auto v) { return v > 0.5 ? v * v : 3 * v; }, p + this->zero_or_one());
  EXPECT_NEAR(sad::value(y), 0.9, 1e-15);
  EXPECT_NEAR(sad::derivative(y), 3, 1e-15);
  EXPECT_NEAR(alternatives_of(y).at(0), 1.69, 1e-14);
  EXPECT_THROW(sad::propagate([](double v) { return v; }, p), UserError);
}

TYPED_TEST(TripleOf, TableLookupByARandomIndex) {
  const auto x = this->zero_or_one();
  const auto y = sad::at(std::array{5.0, 7.0}, x);
  EXPECT_EQ(sad::value(y), 5);
  EXPECT_EQ(alternatives_of(y), std::vector{7.0});
  // Elements that depend on the same event: the alternative of the element at the alternative index.
  const auto z = sad::at(std::array{x + 1, 10 * x + 3}, x);
  EXPECT_EQ(sad::value(z), 1);
  EXPECT_EQ(alternatives_of(z), std::vector{13.0});
  // The chosen element's derivative part is the result's.
  const auto p = sad::variable<TypeParam>(this->run_, 0.3);
  EXPECT_EQ(sad::derivative(sad::at(std::array{2 * p, p}, x)), 2);
  EXPECT_EQ(sad::at(std::array{5, 7}, 1.0), 7);
  EXPECT_THROW(sad::at(std::array{5.0}, x), UserError);  // the alternative is out of range
  EXPECT_THROW(sad::at(std::array{5.0, 6.0}, x + 2), UserError);
  EXPECT_THROW(sad::at(std::array{5.0, 6.0}, x / 2), UserError);
  EXPECT_THROW(sad::at(std::array{5.0, 6.0}, p), UserError);
  EXPECT_THROW(sad::at(std::array{5.0, 6.0}, -1.0), UserError);
}

TYPED_TEST(TripleOf, PropagateReturnsWhatTheFunctionReturnsAsNumbers) {
  const auto x = this->zero_or_one();
  const auto flags = sad::propagate([](auto v) { return std::vector{v > 0.5, v < 0.5}; }, x);
  EXPECT_EQ(sad::value(flags.at(0)), 0);
  EXPECT_EQ(alternatives_of(flags.at(0)), std::vector{1.0});
  EXPECT_EQ(alternatives_of(flags.at(1)), std::vector{0.0});
  const auto p = sad::variable<TypeParam>(this->run_, 0.3);
  const auto steps = sad::propagate([](auto v) { return std::array{1, v > 0.5 ? 2 : 3}; }, x + 0 * p);
  EXPECT_EQ(alternatives_of(steps.at(1)), std::vector{2.0});
  const auto as_long_as_x = [](auto v) { return std::vector<double>(v > 0.5 ? 3 : 2); };
  EXPECT_THROW(sad::propagate(as_long_as_x, x), UserError);  // a length has no alternatives
}

TYPED_TEST(TripleOf, TablesOfDualNumbers) {
  const std::array<Dual<>, 2> table = {Dual<>(5.0, 1.0), Dual<>(7.0, 2.0)};
  const auto y = sad::at(table, this->zero_or_one());
  EXPECT_EQ(sad::value(y), 5);
  EXPECT_EQ(sad::derivative(y), 1);
  EXPECT_EQ(alternatives_of(y), std::vector{7.0});
  EXPECT_EQ(sad::at(table, 1.0).derivative, 2);
}

TYPED_TEST(TripleOf, AnErrorOfAnAlternativeSaysSo) {
  const auto x = this->zero_or_one();
  const auto message = [](auto&& f) -> std::string {
    try {
      f();
    } catch (const UserError& e) {
      return e.what();
    }
    return "";
  };
  const std::string outside = message([&] { sad::bernoulli_at(0.9, 0.5 + x); });
  EXPECT_EQ(outside.find("bernoulli: parameter 1.5; "), 0u) << outside;
  EXPECT_NE(outside.find("for an alternative"), std::string::npos) << outside;
  EXPECT_NE(message([&] { sad::at(std::array{5.0}, x); }).find("for an alternative"), std::string::npos);
  EXPECT_EQ(message([&] { sad::at(std::array{5.0}, x + 2); }).find("for an alternative"), std::string::npos);
  sad::Rng rng(1);
  EXPECT_NE(message([&] {
              sad::categorical(rng, std::array{0.5 + x, 0.5 - x});
            }).find("for an alternative"),
            std::string::npos);
}

TYPED_TEST(TripleOf, WhatWouldLoseTheAlternativesDoesNotCompile) {
  using Triple = typename TestFixture::Number;
  using Other = sad::StochasticTriple<double, sad::Smoothed>;
  static_assert(!std::is_convertible_v<Triple, double> && !std::is_constructible_v<double, Triple>);
  static_assert(!std::is_constructible_v<bool, Triple> && !std::is_constructible_v<int, Triple>);
  static_assert(!can_add<Triple, Other> && !can_add<Triple, sad::StochasticTriple<float, TypeParam>>);
  static_assert(can_add<Triple, Triple> && can_add<Triple, int> && can_add<Dual<>, Triple>);
}

TYPED_TEST(TripleOf, RunsDoNotMix) {
  typename TypeParam::Run other(this->rng_);
  const auto x = this->zero_or_one();
  const auto y = sad::variable<TypeParam>(other, 0.5);
  EXPECT_THROW((void)(x + y), UserError);
}

TYPED_TEST(TripleOf, DualNumbersConvertAndNeedARunToBeDrawnFrom) {
  using Triple = sad::StochasticTriple<double, TypeParam>;
  const Triple d = Dual<>(0.5, 2.0);
  EXPECT_EQ(sad::derivative(d), 2);
  EXPECT_THROW(sad::bernoulli_at(0.9, d), UserError);             // an alternative, but no run to keep it
  EXPECT_EQ(sad::value(sad::bernoulli_at(0.9, Triple(0.5))), 0);  // a constant needs none
  const auto joined = d + 0 * sad::variable<TypeParam>(this->run_, 1.0);
  EXPECT_EQ(alternatives_of(sad::bernoulli_at(0.9, joined)), std::vector{1.0});
}

TYPED_TEST(TripleOf, AFurtherDrawIsCoupledByInversion) {
  const auto x = this->zero_or_one();
  // Bernoulli(0.2 + 0.5 x) at u: the value is u < 0.2, the alternative u < 0.7.
  EXPECT_EQ(alternatives_of(sad::bernoulli_at(0.1, 0.2 + 0.5 * x)), std::vector<double>{});
  EXPECT_EQ(alternatives_of(sad::bernoulli_at(0.5, 0.2 + 0.5 * x)), std::vector{1.0});
  EXPECT_EQ(alternatives_of(sad::bernoulli_at(0.8, 0.2 + 0.5 * x)), std::vector<double>{});
}

// what only some back ends do

TEST(Backends, KeepAllKeepsEveryEventAndPruningOne) {
  const auto two_draws = [](auto p, auto&) {
    const auto x = sad::bernoulli_at(0.9, p), y = sad::bernoulli_at(0.8, p);
    return (x + 1) * (y + 2);
  };
  sad::Rng rng(1);
  const auto all = sad::stochastic_triple<sad::KeepAll>(two_draws, 0.25, rng);
  ASSERT_EQ(all.perturbations.size(), 2u);
  EXPECT_EQ(all.perturbations[0].delta, 2);  // (0+1+1)·2 - 2
  EXPECT_EQ(all.perturbations[1].delta, 1);
  EXPECT_NEAR(sad::derivative_contribution(all), 4.0 / 3 * 3, 1e-14);
  const auto one = sad::stochastic_triple<sad::PruneByWeight>(two_draws, 0.25, rng);
  ASSERT_EQ(one.perturbations.size(), 1u);
  EXPECT_NEAR(one.perturbations[0].weight, 8.0 / 3, 1e-14);
}

TEST(Backends, APrunedEventEndsForEveryNumber) {
  sad::Rng rng(2);
  for (int i = 0; i < 20; ++i) {
    sad::PruneByWeight::Run run(rng);
    (void)rng();  // another seed for the next run
    const auto p = sad::variable(run, 0.25);
    const auto x = sad::bernoulli_at(0.9, p), y = sad::bernoulli_at(0.8, p);
    const auto sum = x + 10 * y;
    const bool x_stays = sad::sample_of(x).perturbations.size() == 1;
    EXPECT_NE(x_stays, sad::sample_of(y).perturbations.size() == 1);
    EXPECT_EQ(sad::sample_of(sum).perturbations.at(0).delta, x_stays ? 1 : 10);
    // and with what stays, nonlinear results are consistent: no trace of the other
    EXPECT_EQ(sad::sample_of((x + 1) * (y + 1)).perturbations.size(), 1u);
    EXPECT_EQ(sad::sample_of((x + 1) * (y + 1)).perturbations.at(0).delta, 1);
  }
}

TEST(Backends, OneAlternativePrunesNumbersThatNeverMeet) {
  sad::Rng rng(3);
  sad::OneAlternative::Run run(rng);
  const auto p = sad::variable<sad::OneAlternative>(run, 0.25);
  const auto x = sad::bernoulli_at(0.9, p), y = sad::bernoulli_at(0.8, p);
  EXPECT_EQ(sad::sample_of(x).perturbations.size() + sad::sample_of(y).perturbations.size(), 1u);
}

TEST(Backends, ManyLiveEventsAreKeptApart) {
  // More than fit inside the run's first table; then all meet in one sum.
  sad::Rng rng(4);
  Mean mean;
  for (int repeat = 0; repeat < 400; ++repeat)
    mean.add(sad::derivative_estimate(
        [](auto p, auto& r) {
          std::vector<decltype(p)> draws;
          for (int i = 0; i < 800; ++i) draws.push_back(sad::bernoulli(r, p));
          auto sum = draws[0];
          for (std::size_t i = 1; i < draws.size(); ++i) sum += static_cast<double>(i + 1) * draws[i];
          return sum;
        },
        0.3, rng));
  EXPECT_LT(std::abs(mean.z(800 * 801 / 2)), 4.5);  // false-alarm rate 7e-6
}

TEST(Backends, SmoothedIsADualNumberAndSaysWhatItCannotDo) {
  sad::Rng rng(5);
  const auto x = sad::smooth_triple([](auto p, auto& r) { return 3 * sad::bernoulli(r, p); }, 0.4, rng);
  EXPECT_NEAR(x.derivative, 3, 1e-14);  // dS/dp = 1 whatever was drawn
  EXPECT_THROW(sad::smooth_triple(
                   [](auto p, auto& r) {
                     return sad::at(std::array{1.0, 2.0}, sad::bernoulli(r, p));
                   },
                   0.4, rng),
               UserError);
}

TEST(Backends, AtTheEdgesOfTheParametersTheOtherSideIsUsed) {
  // p = 0 falling, p = 1 rising, λ = 0 falling: only one of the two derivatives exists.
  sad::Rng rng(6);
  const auto slope = [&](auto f, double p, Rule rule) {
    return sad::derivative_estimate([&](auto t, auto& r) { return f(t, r, rule); }, p, rng);
  };
  for (const Rule rule : all_rules) {
    EXPECT_NEAR(slope([](auto t, auto& r, Rule w) { return sad::bernoulli(r, t, w); }, 1.0, rule), 1, 1e-12);
    EXPECT_NEAR(slope([](auto t, auto& r, Rule w) { return sad::bernoulli(r, t, w); }, 0.0, rule), 1, 1e-12);
    EXPECT_NEAR(slope([](auto t, auto& r, Rule w) { return sad::bernoulli(r, -t, w); }, 0.0, rule), -1,
                1e-12);
    EXPECT_NEAR(slope([](auto t, auto& r, Rule w) { return sad::binomial(r, 5, t, w); }, 1.0, rule), 5,
                1e-12);
    EXPECT_NEAR(slope([](auto t, auto& r, Rule w) { return sad::binomial(r, 5, t, w); }, 0.0, rule), 5,
                1e-12);
    EXPECT_NEAR(slope([](auto t, auto& r, Rule w) { return sad::geometric(r, t, w); }, 1.0, rule), -1, 1e-12);
    EXPECT_NEAR(slope([](auto t, auto& r, Rule w) { return sad::poisson(r, t, w); }, 0.0, rule), 1, 1e-12);
  }
}

}  // namespace
}  // namespace sad_test::of_triple
