// SPDX-License-Identifier: Apache-2.0
// Every back end × draw × rule × direction × {linear, square, square root, a second draw that depends on the
// first and on the parameter}: the mean of the estimate against the exact derivative, and for one draw the
// second moment too, as two-sided z-tests.
//
// False alarms: the family has fewer than 3000 tests; |z| > 6 has probability 2.0e-9 for each, so fewer than
// one run in 150,000 with fresh seeds would report a false alarm in any of them (Bonferroni 6e-6). The seeds
// are fixed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <type_traits>

#include "reference.hpp"

namespace sad_test::of_family {
namespace {

constexpr double z_limit = 6;
constexpr int runs = 60000;

template <class B>
constexpr const char* backend_name = "?";
template <>
constexpr const char* backend_name<sad::KeepAll> = "keep all";
template <>
constexpr const char* backend_name<sad::PruneByWeight> = "prune by weight";
template <>
constexpr const char* backend_name<sad::PruneByWins> = "prune by wins";
template <>
constexpr const char* backend_name<sad::OneAlternative> = "one alternative";
template <>
constexpr const char* backend_name<sad::Smoothed> = "smoothed";

struct Tally {
  int tests = 0, rejected = 0;
  double largest = 0;
  std::string first;
  void check(double z, const std::string& what) {
    ++tests;
    largest = std::max(largest, std::abs(z));
    if (std::abs(z) <= z_limit) return;
    if (++rejected == 1) first = what + ": z = " + std::to_string(z);
  }
};

/// The parameter of the draw for the program's parameter p: θ or its mirror image about θ0, so δ = 1 or -1.
template <class Case, class P>
P parameter(const P& p, int sign) {
  return sign > 0 ? p : 2 * Case::theta - p;
}

constexpr std::size_t functions = 3;
template <class X>
std::array<X, functions> functions_of(const X& x) {
  using std::sqrt;
  return {2 * x + 1, x * x, sqrt(x + 0.25)};
}
constexpr const char* function_names[] = {"linear", "square", "square root"};

/// The second draw: 4 trials with a probability that depends on x and on the parameter.
template <class X, class P>
auto second_probability(const X& x, const P& p) {
  return 0.1 + 0.5 * x / (x + 3) + 0.1 * p / (1 + p);
}
constexpr int second_trials = 4;
template <class X>
auto composed(const X& x, const X& y) {
  return (y * y + 0.5) * (x + 1);
}

/// What the estimate's mean must be: the exact derivative, or for the smoothed back end the mean of the
/// linearised program's slope.
template <class Case>
std::array<double, functions> exact_means(Dual<> t, Rule rule, bool smoothed) {
  std::array<double, functions> out{};
  for (const auto& [x, probability] : Case::outcomes(t)) {
    double slope = 0;
    for (const auto& a : Case::alternatives(x, t.value, t.derivative, rule)) slope += a.weight * (a.x - x);
    const auto f = functions_of(Dual<>(x, slope));
    for (std::size_t i = 0; i < functions; ++i)
      out[i] += smoothed ? probability.value * f[i].derivative : probability.derivative * f[i].value;
  }
  return out;
}
template <class Case>
double exact_composed(Dual<> p, int sign, Rule rule, bool smoothed) {
  using Second = BinomialCase<second_trials, 50>;
  const Dual<> t = parameter<Case>(p, sign);
  double out = 0;
  for (const auto& [x, p_x] : Case::outcomes(t)) {
    double slope = 0;
    for (const auto& a : Case::alternatives(x, t.value, t.derivative, rule)) slope += a.weight * (a.x - x);
    const Dual<> q = second_probability(Dual<>(x, smoothed ? slope : 0.0), p);
    for (const auto& [y, p_y] : binomial_outcomes(second_trials, q)) {
      if (smoothed) {
        double y_slope = 0;
        for (const auto& a : Second::alternatives(y, q.value, q.derivative, rule))
          y_slope += a.weight * (a.x - y);
        out += p_x.value * p_y.value * composed(Dual<>(x, slope), Dual<>(y, y_slope)).derivative;
      } else {
        out += (p_x * p_y).derivative * composed(x, y);
      }
    }
  }
  return out;
}

/// E[estimate²] for one draw: with all alternatives (Σ w Δ)², with one of them chosen W Σ |w| Δ² or n Σ w²
/// Δ².
template <class Case, class Backend>
std::array<double, functions> exact_second_moments(Dual<> t, Rule rule) {
  std::array<double, functions> out{};
  for (const auto& [x, probability] : Case::outcomes(t)) {
    const auto f = functions_of(x);
    for (std::size_t i = 0; i < functions; ++i) {
      double sum = 0, total = 0, by_weight = 0, by_wins = 0, n = 0;
      for (const auto& a : Case::alternatives(x, t.value, t.derivative, rule)) {
        if (a.weight == 0) continue;
        const double d = functions_of(a.x)[i] - f[i];
        sum += a.weight * d;
        total += std::abs(a.weight);
        by_weight += std::abs(a.weight) * d * d;
        by_wins += a.weight * a.weight * d * d;
        ++n;
      }
      double square = total * by_weight;
      if (std::is_same_v<Backend, sad::KeepAll>) square = sum * sum;
      if (std::is_same_v<Backend, sad::PruneByWins>) square = n * by_wins;
      out[i] += probability.value * square;
    }
  }
  return out;
}

template <class Case, class Backend, class Draw>
void check_draw(Tally& tally, Rule rule, int sign, sad::Rng& rng, Draw draw, bool moments = true) {
  constexpr bool smoothed = std::is_same_v<Backend, sad::Smoothed>;
  const std::string what = std::string(backend_name<Backend>) + ", " + Case::name + ", " + name_of(rule) +
                           (sign > 0 ? ", up, " : ", down, ");
  const Dual<> t = parameter<Case>(Dual<>(Case::theta, 1.0), sign);
  const auto mean = exact_means<Case>(t, rule, smoothed);

  std::array<Mean, functions> first, second;
  for (int i = 0; i < runs; ++i) {
    const auto d = sad::derivative_estimate<Backend>(
        [&](const auto& p, auto& r) { return functions_of(draw(r, parameter<Case>(p, sign), rule)); },
        Case::theta, rng);
    for (std::size_t k = 0; k < functions; ++k) {
      first[k].add(d[k]);
      second[k].add(d[k] * d[k]);
    }
  }
  for (std::size_t k = 0; k < functions; ++k)
    tally.check(first[k].z(mean[k]), what + function_names[k] + ", mean");
  if constexpr (!smoothed) {
    if (moments) {
      const auto square = exact_second_moments<Case, Backend>(t, rule);
      for (std::size_t k = 0; k < functions; ++k)
        tally.check(second[k].z(square[k]), what + function_names[k] + ", second moment");
    }
  }

  Mean compositions;
  for (int i = 0; i < runs; ++i)
    compositions.add(sad::derivative_estimate<Backend>(
        [&](const auto& p, auto& r) {
          const auto x = draw(r, parameter<Case>(p, sign), rule);
          return composed(x, sad::binomial(r, second_trials, second_probability(x, p), rule));
        },
        Case::theta, rng));
  tally.check(compositions.z(exact_composed<Case>(Dual<>(Case::theta, 1.0), sign, rule, smoothed)),
              what + "second draw, mean");
}

template <class Backend>
class SlowFamily : public testing::Test {};
struct BackendNames {
  template <class Backend>
  static std::string GetName(int) {
    std::string name = backend_name<Backend>;
    std::replace(name.begin(), name.end(), ' ', '_');
    return name;
  }
};
using Backends =
    testing::Types<sad::KeepAll, sad::PruneByWeight, sad::PruneByWins, sad::OneAlternative, sad::Smoothed>;
TYPED_TEST_SUITE(SlowFamily, Backends, BackendNames);

TYPED_TEST(SlowFamily, MeansAndSecondMomentsAreExact) {
  Tally tally;
  sad::Rng rng(20221);
  const auto check = [&]<class Case>(Case) {
    for (const Rule rule : all_rules)
      for (const int sign : {1, -1})
        check_draw<Case, TypeParam>(tally, rule, sign, rng, [](auto& r, const auto& t, Rule which) {
          return Case::draw(r, t, which);
        });
  };
  check(BernoulliCase());
  check(BinomialCase<6, 30>());
  check(BinomialCase<90, 55>());
  check(GeometricCase());
  check(PoissonCase<23>());
  check(PoissonCase<310>());
  check(CategoricalCase());
  EXPECT_EQ(tally.rejected, 0) << tally.first;
  std::printf("%s: %d tests, largest |z| %.2f (limit %.0f)\n", backend_name<TypeParam>, tally.tests,
              tally.largest, z_limit);
}

// planted errors: each must be rejected

template <class Distribution>
auto draw_of(auto& rng, const auto& t, Rule rule) {
  return sad::draw(
      sad::uniform(rng), rule, [](double parameter) { return Distribution{{parameter}}; }, t);
}
struct BernoulliWrongWeight : sad::Bernoulli<double> {
  sad::Jump<double> right(double x) const { return {1, x == 0 ? 1 / p : 0}; }
};
struct BernoulliTenPercent : sad::Bernoulli<double> {
  sad::Jump<double> left(double x) const { return {0, x == 0 ? 0 : -1.1 / p}; }
};
struct GeometricForgetsOne : sad::Geometric<double> {
  sad::Jump<double> left(double x) const { return {x + 1, -x / p}; }
};
struct PoissonForgetsX : sad::Poisson<double> {
  sad::Jump<double> left(double x) const { return {x - 1, x > 0 ? -1 / lambda : 0}; }
};
struct PoissonJumpsTwo : sad::Poisson<double> {
  sad::Jump<double> right(double x) const { return {x + 2, 0.5}; }  // right for linear functions only
};
struct BinomialWrongSide : sad::Binomial<double> {
  sad::Jump<double> right(double x) const { return {x + 1, (n - x) / p}; }
};

template <class Case, class Backend, class Draw>
int rejections(Draw draw, Rule rule, int sign) {
  Tally tally;
  sad::Rng rng(7);
  check_draw<Case, Backend>(tally, rule, sign, rng, draw, false);
  return tally.rejected;
}

TEST(FamilyChecker, RejectsWrongWeights) {
  using B = sad::PruneByWeight;
  const auto with = []<class D>(D) {
    return [](auto& rng, const auto& t, Rule rule) { return draw_of<D>(rng, t, rule); };
  };
  EXPECT_GE((rejections<BernoulliCase, B>(with(BernoulliWrongWeight{{0}}), Rule::right, 1)), 3);
  EXPECT_GE((rejections<BernoulliCase, B>(with(BernoulliTenPercent{{0}}), Rule::left, 1)), 1);
  EXPECT_GE((rejections<GeometricCase, B>(with(GeometricForgetsOne{{0}}), Rule::positive, -1)), 3);
  EXPECT_GE((rejections<PoissonCase<23>, B>(with(PoissonForgetsX{{0}}), Rule::left, 1)), 3);
  EXPECT_GE((rejections<PoissonCase<23>, B>(with(PoissonJumpsTwo{{0}}), Rule::right, 1)), 2);
  const auto wrong_binomial = [](auto& rng, const auto& t, Rule rule) {
    return sad::draw(
        sad::uniform(rng), rule,
        [](double n, double p) {
          return BinomialWrongSide{{n, p}};
        },
        6, t);
  };
  EXPECT_GE((rejections<BinomialCase<6, 30>, B>(wrong_binomial, Rule::two_sided, 1)), 3);
}

/// Keeps the weight of the survivor as it was.
struct ForgetsTheLoser : sad::ChooseByWeight {
  static void absorb(Event&, const Event&) {}
};
struct PruneWithoutCorrection : sad::SingleAlternative<sad::EventTable<ForgetsTheLoser>> {};
/// Chooses evenly but corrects as if by weight.
struct EvenChoice : sad::ChooseByWeight {
  static double keep(const Event&, const Event&) { return 0.5; }
};
struct PruneEvenly : sad::SingleAlternative<sad::EventTable<EvenChoice>> {};

TEST(FamilyChecker, RejectsWrongPruning) {
  const auto draw = [](auto& rng, const auto& t, Rule rule) { return PoissonCase<23>::draw(rng, t, rule); };
  EXPECT_GE((rejections<PoissonCase<23>, PruneWithoutCorrection>(draw, Rule::two_sided, 1)), 3);
  EXPECT_GE((rejections<PoissonCase<23>, PruneEvenly>(draw, Rule::positive, 1)), 1);
}

TEST(FamilyChecker, RejectsADrawThatForgetsTheCoupling) {
  // A second draw from the value alone: what an alternative of its parameter would do to it is lost.
  Mean mean;
  sad::Rng rng(3);
  for (int i = 0; i < runs; ++i)
    mean.add(sad::derivative_estimate(
        [](const auto& p, auto& r) {
          const auto x = sad::poisson(r, p);
          return composed(x,
                          decltype(x)(sad::binomial(r, second_trials, second_probability(sad::value(x), p))));
        },
        2.3, rng));
  EXPECT_GT(std::abs(mean.z(exact_composed<PoissonCase<23>>(Dual<>(2.3, 1.0), 1, Rule::positive, false))),
            z_limit);
}

}  // namespace
}  // namespace sad_test::of_family
