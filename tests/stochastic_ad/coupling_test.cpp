// SPDX-License-Identifier: Apache-2.0
// A second draw of every kind whose parameters depend on a first draw and on the program's parameter: the
// alternative of the first meets the second by inversion, where it may change the number of trials, the
// probability, the mean or the class.
//
// 5 kinds × 4 back ends × 5 rules = 100 two-sided z-tests; |z| > 5.5 has probability 3.8e-8, in all 4e-6.
// Fixed seed.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "reference.hpp"

namespace sad_test::of_coupling {
namespace {

constexpr double theta = 1.7, z_limit = 5.5;
constexpr int runs = 20000;

/// A probability between 0.4 and 0.9 that moves with both.
template <class X, class P>
auto probability(const X& x, const P& p) {
  return 0.4 + 0.4 * x / (x + 2) + 0.1 * p / (p + 1);
}

struct BernoulliSecond {
  static constexpr const char* name = "bernoulli";
  static auto draw(auto& rng, const auto& x, const auto& p, Rule rule) {
    return sad::bernoulli(rng, probability(x, p), rule);
  }
  static auto outcomes(double x, Dual<> p) { return BernoulliCase::outcomes(probability(x, p)); }
};
struct BinomialSecond {  // a random number of trials
  static constexpr const char* name = "binomial";
  static auto draw(auto& rng, const auto& x, const auto& p, Rule rule) {
    return sad::binomial(rng, 2 * x + 1, probability(x, p), rule);
  }
  static auto outcomes(double x, Dual<> p) { return binomial_outcomes(int(2 * x + 1), probability(x, p)); }
};
struct GeometricSecond {
  static constexpr const char* name = "geometric";
  static auto draw(auto& rng, const auto& x, const auto& p, Rule rule) {
    return sad::geometric(rng, probability(x, p), rule);
  }
  static auto outcomes(double x, Dual<> p) { return GeometricCase::outcomes(probability(x, p)); }
};
struct PoissonSecond {
  static constexpr const char* name = "poisson";
  static auto draw(auto& rng, const auto& x, const auto& p, Rule rule) {
    return sad::poisson(rng, x + p / 2, rule);
  }
  static auto outcomes(double x, Dual<> p) { return PoissonCase<1>::outcomes(x + p / 2); }
};
struct CategoricalSecond {
  static constexpr const char* name = "categorical";
  static auto draw(auto& rng, const auto& x, const auto& p, Rule rule) {
    return sad::categorical(rng, softmax_probabilities(0.3 * x + p / 4), rule);
  }
  static auto outcomes(double x, Dual<> p) {
    std::vector<Outcome> out;
    for (const auto& q : softmax_probabilities(0.3 * x + p / 4)) out.push_back({double(out.size()), q});
    return out;
  }
};

template <class X, class Y>
auto result(const X& x, const Y& y) {
  return (y * y + 0.5) * (x + 1);
}
template <class Second>
double exact() {
  const Dual<> p(theta, 1.0);
  double out = 0;
  for (const auto& [x, p_x] : PoissonCase<17>::outcomes(p))
    for (const auto& [y, p_y] : Second::outcomes(x, p)) out += (p_x * p_y).derivative * result(x, y);
  return out;
}

template <class Backend, class Second>
double z_of(Rule rule, sad::Rng& rng) {
  Mean mean;
  for (int i = 0; i < runs; ++i)
    mean.add(sad::derivative_estimate<Backend>(
        [&](const auto& p, auto& r) {
          const auto x = sad::poisson(r, p, rule);
          return result(x, Second::draw(r, x, p, rule));
        },
        theta, rng));
  return mean.z(exact<Second>());
}

TEST(Coupling, ASecondDrawOfEveryKind) {
  sad::Rng rng(61);
  double largest = 0;
  const auto kind = [&]<class Second>(Second) {
    const auto backend = [&]<class Backend>(Backend) {
      for (const Rule rule : all_rules) {
        const double z = std::abs(z_of<Backend, Second>(rule, rng));
        EXPECT_LT(z, z_limit) << Second::name << ", " << name_of(rule);
        largest = std::max(largest, z);
      }
    };
    backend(sad::KeepAll());
    backend(sad::PruneByWeight());
    backend(sad::PruneByWins());
    backend(sad::OneAlternative());
  };
  kind(BernoulliSecond());
  kind(BinomialSecond());
  kind(GeometricSecond());
  kind(PoissonSecond());
  kind(CategoricalSecond());
  std::printf("100 tests, largest |z| %.2f (limit %.1f)\n", largest, z_limit);
}

/// The second draw of `Second` with the number of trials, mean or class of the value alone.
template <class Second>
struct Uncoupled : Second {
  static auto draw(auto& rng, const auto& x, const auto& p, Rule rule) {
    return std::remove_cvref_t<decltype(x)>(Second::draw(rng, sad::value(x), p, rule));
  }
};

TEST(Coupling, IsMissedWhereItIsLeftOut) {
  sad::Rng rng(62);
  using B = sad::PruneByWeight;
  EXPECT_GT(std::abs(z_of<B, Uncoupled<BernoulliSecond>>(Rule::positive, rng)), z_limit);
  EXPECT_GT(std::abs(z_of<B, Uncoupled<BinomialSecond>>(Rule::positive, rng)), z_limit);
  EXPECT_GT(std::abs(z_of<B, Uncoupled<GeometricSecond>>(Rule::positive, rng)), z_limit);
  EXPECT_GT(std::abs(z_of<B, Uncoupled<PoissonSecond>>(Rule::positive, rng)), z_limit);
  EXPECT_GT(std::abs(z_of<B, Uncoupled<CategoricalSecond>>(Rule::positive, rng)), z_limit);
}

}  // namespace
}  // namespace sad_test::of_coupling
