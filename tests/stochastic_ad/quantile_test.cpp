// SPDX-License-Identifier: Apache-2.0
// The plain draws: quantiles of the right distribution, in order, at any size.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "reference.hpp"

namespace sad_test::of_quantile {
namespace {

/// Empty if quantile(u) is min { k : F(k) >= 1 - u } for a grid of u, up to rounding of F.
template <class Distribution>
std::string check(const Distribution& distribution, std::vector<Outcome> outcomes) {
  std::sort(outcomes.begin(), outcomes.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
  const double tolerance = 1e-11;
  double previous = -1;
  for (int i = 999; i >= -12; --i) {
    const double u = i > 0 ? i / 1000.0 : std::pow(10.0, i - 4);
    const double x = distribution.quantile(u);
    double below = 0, up_to = 0;
    for (const auto& [k, p] : outcomes) {
      if (k < x) below += p.value;
      if (k <= x) up_to += p.value;
    }
    if (!(below <= 1 - u + tolerance && up_to >= 1 - u - tolerance))
      return "u = " + std::to_string(u) + ": x = " + std::to_string(x);
    if (x < previous) return "x falls at u = " + std::to_string(u);
    previous = x;
  }
  return "";
}

TEST(Quantile, IsTheInverseOfTheDistributionFunction) {
  for (const double p : {1e-9, 0.01, 0.3, 0.5, 0.51, 0.97, 1 - 1e-9}) {
    EXPECT_EQ(check(sad::Bernoulli<double>{p}, BernoulliCase::outcomes(p)), "") << p;
    for (const int n : {1, 2, 7, 40, 300, 5000})
      EXPECT_EQ(check(sad::Binomial<double>{double(n), p}, binomial_outcomes(n, p)), "") << n << " " << p;
  }
  for (const double p : {0.02, 0.3, 0.5, 0.97})
    EXPECT_EQ(check(sad::Geometric<double>{p}, GeometricCase::outcomes(p)), "") << p;
  for (const double lambda : {1e-6, 0.5, 3.0, 23.9, 24.1, 100.0, 3000.0})
    EXPECT_EQ(check(sad::Poisson<double>{lambda}, PoissonCase<1>::outcomes(lambda)), "") << lambda;
}

TEST(Quantile, CheckerCatchesPlantedErrors) {
  struct OneMore : sad::Poisson<double> {
    double quantile(double u) const { return sad::Poisson<double>::quantile(u) + 1; }
  };
  struct OtherMean : sad::Poisson<double> {
    double quantile(double u) const { return sad::Poisson<double>{lambda * 1.01}.quantile(u); }
  };
  EXPECT_NE(check(OneMore{{3.0}}, PoissonCase<1>::outcomes(3.0)), "");
  EXPECT_NE(check(OtherMean{{3.0}}, PoissonCase<1>::outcomes(3.0)), "");
}

TEST(Quantile, LargeMeansFollowTheExpansionOfCornishAndFisher) {
  // μ + σ z + γ (z² - 1)/6 with σ γ the skewness times σ; what is left out is of order 1/σ, so that a lattice
  // point is at most 1 away. An error of 1e-3 in P(mode) alone would move the quantile by some 1e-3 σ.
  const auto largest_error = [](const auto& distribution, double mean, double variance, double skew) {
    double largest = 0;
    for (const double z : {-3.0, -1.0, -0.2, 0.5, 2.0}) {
      const double u = 0.5 * std::erfc(z / std::sqrt(2.0));
      const double expected = mean + std::sqrt(variance) * z + skew * (z * z - 1) / 6;
      largest = std::max(largest, std::abs(distribution.quantile(u) - expected));
    }
    return largest;
  };
  for (const double mean : {1e6, 1e9, 1e12})
    EXPECT_LT(largest_error(sad::Poisson<double>{mean}, mean, mean, 1), 1.001) << mean;
  for (const double n : {1e7, 1e10, 1e12})
    for (const double p : {0.25, 0.5, 0.75}) {  // where n p is a number of 53 bits
      const double variance = n * p * (1 - p);
      EXPECT_LT((largest_error(sad::Binomial<double>{n, p}, n * p, variance, 1 - 2 * p)), 1.001) << n << p;
    }
  EXPECT_GT(largest_error(sad::Poisson<double>{1e9 + 10}, 1e9, 1e9, 1), 1.001);  // planted
}

TEST(Quantile, EdgesOfTheParameters) {
  for (const double u : {1e-16, 0.5, 1 - 1e-16}) {
    EXPECT_EQ(sad::Bernoulli<double>{0}.quantile(u), 0);
    EXPECT_EQ(sad::Bernoulli<double>{1}.quantile(u), 1);
    EXPECT_EQ((sad::Binomial<double>{9, 0}.quantile(u)), 0);
    EXPECT_EQ((sad::Binomial<double>{9, 1}.quantile(u)), 9);
    EXPECT_EQ((sad::Binomial<double>{0, 0.5}.quantile(u)), 0);
    EXPECT_EQ(sad::Geometric<double>{1}.quantile(u), 0);
    EXPECT_EQ(sad::Poisson<double>{0}.quantile(u), 0);
  }
}

TEST(Quantile, CategoricalPicksByCumulatedProbability) {
  const std::vector<double> p = {0, 0.25, 0, 0.5, 0.25, 0};
  const auto at = [&](double u) {
    return sad::detail::categorical_quantile<double>(u, p.size(), [&](std::size_t i) { return p[i]; });
  };
  EXPECT_EQ(at(1 - 1e-16), 1);
  EXPECT_EQ(at(0.76), 1);
  EXPECT_EQ(at(0.74), 3);
  EXPECT_EQ(at(0.26), 3);
  EXPECT_EQ(at(0.24), 4);
  EXPECT_EQ(at(1e-17), 4);
}

TEST(Draws, ImpossibleParametersAreTheUsersError) {
  sad::Rng rng(1);
  using spikegrad::UserError;
  for (const double p : {-0.1, 1.1, double(NAN)}) {
    EXPECT_THROW(sad::bernoulli(rng, p), UserError);
    EXPECT_THROW(sad::binomial(rng, 3, p), UserError);
    EXPECT_THROW(sad::geometric(rng, p), UserError);
    EXPECT_THROW(sad::categorical(rng, std::vector{p, 1 - p}), UserError);
  }
  EXPECT_THROW(sad::geometric(rng, 0.0), UserError);
  EXPECT_THROW(sad::poisson(rng, -1.0), UserError);
  EXPECT_THROW(sad::poisson(rng, INFINITY), UserError);
  EXPECT_THROW(sad::binomial(rng, 2.5, 0.5), UserError);
  EXPECT_THROW(sad::binomial(rng, -1, 0.5), UserError);
  EXPECT_THROW(sad::categorical(rng, std::vector{0.5, 0.4}), UserError);
  EXPECT_THROW(sad::categorical(rng, std::vector<double>{}), UserError);
  try {
    sad::bernoulli(rng, 1.5);
    FAIL();
  } catch (const UserError& e) {
    EXPECT_STREQ(e.what(), "bernoulli: parameter 1.5; a probability from 0 to 1 is needed");
  }
  // Beyond 2^53 a search over the integers would not end.
  EXPECT_THROW(sad::poisson(rng, 1e16), UserError);
  EXPECT_THROW(sad::binomial(rng, 1e17, 0.5), UserError);
  EXPECT_THROW(sad::binomial(rng, INFINITY, 0.5), UserError);
}

TEST(Draws, WithoutNeighboursInTheNumberTypeHaveNoDerivative) {
  sad::Rng rng(1);
  const auto poisson = [](auto mean, auto& r) { return sad::poisson(r, mean); };
  EXPECT_EQ(sad::derivative_estimate(poisson, 1e8, rng), 1);
  EXPECT_GT(poisson(1e8f, rng), 9e7f);  // a plain draw is only rounded
  EXPECT_THROW(sad::derivative_estimate(poisson, 1e8f, rng), spikegrad::UserError);  // x + 1 == x
  EXPECT_THROW(sad::derivative_estimate<sad::Smoothed>(poisson, 1e8f, rng), spikegrad::UserError);
  const auto geometric = [](auto p, auto& r) { return sad::geometric(r, p); };
  EXPECT_THROW(sad::derivative_estimate(geometric, 1e-30, rng), spikegrad::UserError);
}

TEST(Draws, WorkWithTheStandardGeneratorsAndWithFloat) {
  std::mt19937 small(1);
  std::mt19937_64 large(1);
  Mean a, b;
  for (int i = 0; i < 20000; ++i) {
    a.add(sad::poisson(small, 3.0f));
    b.add(sad::binomial(large, 10, 0.3));
  }
  static_assert(std::is_same_v<decltype(sad::poisson(small, 3.0f)), float>);
  static_assert(std::is_same_v<decltype(sad::binomial(large, 10, 0.3)), double>);
  EXPECT_LT(std::abs(a.z(3)), 4.5);  // false-alarm rate 7e-6 each
  EXPECT_LT(std::abs(b.z(3)), 4.5);
  const auto square = [](auto p, auto& rng) {
    auto x = sad::bernoulli(rng, p);
    return x * x;
  };
  static_assert(std::is_same_v<decltype(sad::derivative_estimate(square, 0.3f, small)), float>);
  Mean c;
  for (int i = 0; i < 20000; ++i) c.add(sad::derivative_estimate(square, 0.3f, small));
  EXPECT_LT(std::abs(c.z(1)), 4.5);
  // A plain n, integer or not, does not decide the number type: the probability does.
  const auto counts = [](auto p, auto& rng) {
    return sad::binomial(rng, 10, p) + sad::binomial(rng, std::size_t{10}, p) + sad::binomial(rng, 10.0, p);
  };
  static_assert(std::is_same_v<decltype(sad::binomial(small, 10, 0.3f)), float>);
  static_assert(std::is_same_v<decltype(sad::derivative_estimate(counts, 0.3f, small)), float>);
  static_assert(std::is_same_v<decltype(sad::dual_number(counts, 0.3f, small)), Dual<float>>);
  Mean d;
  for (int i = 0; i < 20000; ++i) d.add(sad::derivative_estimate(counts, 0.3f, small));
  EXPECT_LT(std::abs(d.z(30)), 4.5);
}

TEST(Draws, ContinuousDrawsAreReparameterised) {
  // Same z or U for value and derivative: normal = mean + sd z, exponential = E/rate.
  using D = Dual<>;
  sad::Rng rng(5), again(5);
  const D x = sad::normal(rng, D(2.0, 1.0), D(3.0, 0.5));
  const double z = (sad::normal(again, 2.0, 3.0) - 2.0) / 3.0;
  EXPECT_NEAR(x.value, 2 + 3 * z, 1e-14);
  EXPECT_NEAR(x.derivative, 1 + 0.5 * z, 1e-14);
  const D e = sad::exponential(rng, D(2.0, 1.0));
  EXPECT_NEAR(e.derivative, -e.value / 2, 1e-14);
  Mean m, s, r;
  for (int i = 0; i < 100000; ++i) {
    const double y = sad::normal(rng, 1.0, 2.0);
    m.add(y);
    s.add((y - 1) * (y - 1));
    r.add(sad::exponential(rng, 4.0));
  }
  EXPECT_LT(std::abs(m.z(1)), 4.5);
  EXPECT_LT(std::abs(s.z(4)), 4.5);
  EXPECT_LT(std::abs(r.z(0.25)), 4.5);
}

}  // namespace
}  // namespace sad_test::of_quantile
