// SPDX-License-Identifier: Apache-2.0
// Running programs: the functions around the number type, and programs of several dependent draws.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <utility>
#include <vector>

#include "reference.hpp"

namespace sad_test::of_estimate {
namespace {

using spikegrad::UserError;
constexpr double z_limit = 4.5;  // two-sided false-alarm rate 7e-6 for each test below

constexpr auto nested = [](auto p, auto& rng) {
  using std::sqrt;
  const auto n = sad::poisson(rng, 6 * p);
  const auto k = sad::binomial(rng, n, 1 - p / 2);
  const auto g = sad::geometric(rng, 0.3 + p / 3);
  const auto c = sad::categorical(rng, std::array{p / 2, p / 2, 1 - p});
  return sad::at(std::array{1.0, -2.0, 0.5}, c) * k + sqrt(n + 1) + g * sad::bernoulli(rng, p);
};

TEST(Estimate, ARunDrawsTheNumbersOfThePlainProgram) {
  sad::Rng plain(42), with_triples(42);
  for (int i = 0; i < 200; ++i) {
    const double x = nested(0.4, plain);
    EXPECT_EQ(sad::stochastic_triple(nested, 0.4, with_triples).value, x);
  }
  EXPECT_EQ(plain(), with_triples());
}

TEST(Estimate, EveryBackEndAgreesOnNestedDraws) {
  // Exact derivative by summing over n, k; g and the Bernoulli enter through their means.
  const auto expectation = [](Dual<> p) {
    Dual<> sum = 0;
    for (const auto& [n, p_n] : PoissonCase<1>::outcomes(6 * p)) {
      const Dual<> mean_k = n * (1 - p / 2), mean_c = p / 2 * (1.0 - 2.0) + 0.5 * (1 - p);
      sum += p_n * (mean_c * mean_k + std::sqrt(n + 1));
    }
    const Dual<> q = 0.3 + p / 3;
    return sum + (1 - q) / q * p;
  };
  const double truth = expectation(Dual<>(0.4, 1.0)).derivative;
  sad::Rng rng(43);
  const auto check = [&]<class Backend>(Backend) {
    const auto d = sad::mean_derivative<Backend>(nested, 0.4, rng, 60000);
    EXPECT_LT(std::abs(d.mean - truth) / d.std_error, z_limit) << d.mean << " for " << truth;
  };
  check(sad::KeepAll());
  check(sad::PruneByWeight());
  check(sad::PruneByWins());
  check(sad::OneAlternative());
}

/// Reed and Frost's chain-binomial epidemic: each susceptible escapes each infected with probability 1 - p.
constexpr int people = 6;
constexpr auto epidemic = [](auto p, auto& rng, auto rule) {
  auto susceptible = people - 1 + 0 * p, infected = 1 + 0 * p;
  for (int generation = 0; generation < 4; ++generation) {
    infected = sad::binomial(rng, susceptible, 1 - pow(1 - p, infected), rule);
    susceptible -= infected;
  }
  return susceptible;
};

TEST(Estimate, ARandomNumberOfTrialsWithARandomProbability) {
  // 4 back ends × 5 rules; n and p of each draw depend on the draws before.
  const auto expectation = [](Dual<> p) {
    std::map<std::pair<int, int>, Dual<>> now = {{{people - 1, 1}, 1}};
    for (int generation = 0; generation < 4; ++generation) {
      std::map<std::pair<int, int>, Dual<>> next;
      for (const auto& [state, probability] : now) {
        const auto [s, i] = state;
        if (i == 0)
          next[state] += probability;
        else
          for (const auto& [k, p_k] : binomial_outcomes(s, 1 - pow(1 - p, i)))
            next[{s - int(k), int(k)}] += probability * p_k;
      }
      now = std::move(next);
    }
    Dual<> mean = 0;
    for (const auto& [state, probability] : now) mean += probability * double(state.first);
    return mean;
  };
  const double truth = expectation(Dual<>(0.25, 1.0)).derivative;
  sad::Rng rng(44);
  const auto check = [&]<class Backend>(Backend) {
    for (const Rule rule : all_rules) {
      const auto d = sad::mean_derivative<Backend>([&](auto p, auto& r) { return epidemic(p, r, rule); },
                                                   0.25, rng, 20000);
      EXPECT_LT(std::abs(d.mean - truth) / d.std_error, z_limit)
          << name_of(rule) << d.mean << " for " << truth;
    }
  };
  check(sad::KeepAll());
  check(sad::PruneByWeight());
  check(sad::PruneByWins());
  check(sad::OneAlternative());
}

TEST(Estimate, ThinningARandomNumberSmoothedIsExactOnAverage) {
  // Linear in each draw, so smoothing is unbiased: E[x] = 12 p · p/2.
  sad::Rng rng(45);
  const auto thinned = [](auto p, auto& r) { return sad::binomial(r, sad::poisson(r, 12 * p), p / 2); };
  const auto d = sad::mean_derivative<sad::Smoothed>(thinned, 0.4, rng, 40000);
  EXPECT_LT(std::abs(d.mean - 12 * 0.4) / d.std_error, z_limit);
  EXPECT_THROW(
      sad::derivative_estimate([](auto p, auto& r) { return sad::binomial(r, 4 * p, 0.5); }, 0.5, rng),
      UserError);  // 4 p trials: an integer at p = 1/2, but with a slope
}

TEST(Estimate, GradientsDirectionsAndArrays) {
  sad::Rng rng(46);
  const auto f = [](const auto& p, auto& r) {
    const auto x = sad::binomial(r, 5, p[0]);
    return x * sad::poisson(r, p[1] + 0.2 * x);  // E = Σ x (p1 + x/5): with m = 5 p0: m p1 + (m(1-p0) + m²)/5
  };
  const std::array p = {0.4, 1.5};
  const double d0 = 5 * p[1] + (5 - 10 * p[0] + 50 * p[0]) / 5, d1 = 5 * p[0];
  Mean g0, g1, along;
  for (int i = 0; i < 40000; ++i) {
    const std::array<double, 2> g = sad::derivative_estimate(f, p, rng);
    g0.add(g[0]);
    g1.add(g[1]);
    along.add(sad::directional_derivative_estimate(f, std::vector{p[0], p[1]}, std::vector{0.5, -2.0}, rng));
  }
  EXPECT_LT(std::abs(g0.z(d0)), z_limit);
  EXPECT_LT(std::abs(g1.z(d1)), z_limit);
  EXPECT_LT(std::abs(along.z(0.5 * d0 - 2 * d1)), z_limit);
  EXPECT_THROW(sad::directional_derivative_estimate(f, std::vector{0.4, 1.5}, std::vector{1.0}, rng),
               UserError);

  // Statistics of the same estimates.
  sad::Rng first(3), second(3);
  const std::array<sad::DerivativeStatistics, 2> s = sad::mean_derivative(f, p, first, 1000);
  Mean m0, m1;
  for (int i = 0; i < 1000; ++i) {
    const auto g = sad::derivative_estimate(f, p, second);
    m0.add(g[0]);
    m1.add(g[1]);
  }
  EXPECT_NEAR(s[0].mean, m0.mean(), 1e-12);
  EXPECT_NEAR(s[0].std_error, m0.std_error(), 1e-12);
  EXPECT_NEAR(s[1].std_error, m1.std_error(), 1e-12);
  EXPECT_NEAR(s[1].variance, 1000 * m1.std_error() * m1.std_error(), 1e-9);
  EXPECT_EQ(s[1].runs, 1000u);
  EXPECT_THROW(sad::mean_derivative(f, p, first, 1), UserError);

  // An array of results: one derivative each.
  const auto two = sad::derivative_estimate(
      [](auto q, auto& r) {
        const auto x = sad::poisson(r, q);
        return std::vector{x, 2 * x, 3 * q};
      },
      3.0, rng);
  EXPECT_EQ(two, (std::vector{1.0, 2.0, 3.0}));  // the right alternative of a Poisson draw: +1 with weight 1
  EXPECT_EQ(sad::derivative_estimate([](auto, auto&) { return 7; }, 3, rng), 0);
}

TEST(Estimate, TripleSamplesShowTheirParts) {
  sad::Rng rng(47);
  const auto x =
      sad::stochastic_triple([](auto p, auto&) { return p * p + sad::bernoulli_at(0.9, p); }, 0.5, rng);
  EXPECT_EQ(x.value, 0.25);
  EXPECT_EQ(x.derivative, 1);
  EXPECT_EQ(sad::derivative_contribution(x), 3);
  EXPECT_EQ(sad::to_string(x), "0.25 + 1ε + (1 with probability 2ε)");
  EXPECT_EQ(sad::to_string(sad::stochastic_triple([](auto, auto&) { return 3; }, 0.5, rng)), "3 + 0ε");
}

TEST(Estimate, ProgramsMayReturnArrays) {
  sad::Rng rng(52);
  const auto f = [](auto p, auto& r) {
    const auto x = sad::bernoulli(r, p);
    return std::array{3 * x, x + p * p};
  };
  for (int i = 0; i < 20; ++i) {
    const auto triples = sad::stochastic_triple(f, 0.5, rng);
    EXPECT_EQ(triples[1].derivative, 1);
    EXPECT_EQ(triples[0].perturbations.size(), triples[1].perturbations.size());
    for (const auto& alternative : triples[0].perturbations) EXPECT_EQ(alternative.delta, 3);
    const auto smooth = sad::smooth_triple(f, 0.5, rng);
    EXPECT_EQ(smooth[0].derivative, 3);
    EXPECT_EQ(smooth[1].derivative, 2);
    const auto dual = sad::dual_number(f, 0.5, rng);
    EXPECT_EQ(dual[0].derivative, 0);
    EXPECT_EQ(dual[1].derivative, 1);
  }
}

TEST(Estimate, DualNumberDropsTheDraws) {
  sad::Rng rng(48);
  const auto f = [](auto p, auto& r) {
    return p * p * (1 + sad::bernoulli(r, p) + sad::categorical(r, std::array{p, 1 - p}));
  };
  for (int i = 0; i < 20; ++i) {
    const auto d = sad::dual_number(f, 0.5, rng);
    EXPECT_DOUBLE_EQ(d.derivative, 4 * d.value);  // 2p/p² of the value
  }
}

TEST(Estimate, SmoothTripleFoldsTheAlternatives) {
  sad::Rng rng(49);
  sad::PruneByWeight::Run run(rng);
  const auto x = sad::bernoulli_at(0.9, sad::variable(run, 0.5)) + 1;
  const auto s = sad::smooth_triple(x);
  EXPECT_EQ(sad::value(s), 1);
  EXPECT_EQ(sad::derivative(s), 2);
  EXPECT_TRUE(sad::sample_of(s).perturbations.empty());
  EXPECT_EQ(sad::derivative_contribution(s * s), 4);  // linearised; the triple says 2 (4 - 1)
  EXPECT_EQ(sad::derivative_contribution(x * x), 6);
}

TEST(Estimate, NewWeightMakesAChoiceDifferentiable) {
  // One of two values chosen with probability p: E = 3 p + 8 (1 - p). The choice itself has no derivative.
  EXPECT_EQ(sad::new_weight(0.3), 1);
  const auto f = [](auto p, auto& r) {
    const bool first = sad::uniform(r) < sad::value(p);
    return first ? 3 * sad::new_weight(p) : 8 * sad::new_weight(1 - p);
  };
  sad::Rng rng(50);
  Mean dual, triple, without;
  for (int i = 0; i < 20000; ++i) {
    dual.add(f(Dual<>(0.3, 1.0), rng).derivative);
    triple.add(sad::derivative_estimate(f, 0.3, rng));
    without.add(sad::derivative_estimate(
        [](auto p, auto& r) { return sad::uniform(r) < sad::value(p) ? 3.0 : 8.0; }, 0.3, rng));
  }
  EXPECT_LT(std::abs(dual.z(-5)), z_limit);
  EXPECT_LT(std::abs(triple.z(-5)), z_limit);
  EXPECT_EQ(without.mean(), 0);  // what it is there to prevent
}

/// A distribution of the user's own: failures before the r-th success. The flows between neighbours are those
/// of the geometric distribution, dF(k)/dp = (k+1) P(k+1) / (p (1-p)).
template <class T>
struct NegativeBinomial {
  T r, p;
  void check(const char* note = "") const {
    if (!(p > 0 && p <= 1)) sad::throw_parameter("negative binomial", p, "a probability is needed", note);
  }
  T quantile(double u) const {
    return sad::quantile_from_zero(1 - u, std::pow(p, r), 1e9,
                                   [this](double k) { return (k + r) / (k + 1) * (1 - p); });
  }
  sad::Jump<T> right(T x) const { return {x - 1, x / (p * (1 - p))}; }
  sad::Jump<T> left(T x) const { return {x + 1, -(x + r) / p}; }
  bool has_right() const { return p < 1; }
  bool has_left() const { return true; }
  sad::Mix straight_through() const { return {1 - 1 / p, 1 / p}; }
};

TEST(Estimate, ADistributionOfTheUsersOwn) {
  // E[x²] = r q/p² + (r q/p)² at r = 3, p = 0.4; five z-tests.
  const double r = 3, p = 0.4, q = 1 - p;
  const double truth = -r * (2 - p) / (p * p * p) - 2 * r * r * q / (p * p * p);
  sad::Rng rng(53);
  for (const Rule rule : all_rules) {
    const auto f = [&](auto t, auto& g) {
      const auto make = []<class T>(T n, T parameter) { return NegativeBinomial<T>{n, parameter}; };
      const auto x = sad::draw(sad::uniform(g), rule, make, r, t);
      return x * x;
    };
    const auto d = sad::mean_derivative(f, p, rng, 20000);
    EXPECT_LT(std::abs(d.mean - truth) / d.std_error, z_limit) << name_of(rule);
  }
}

TEST(Estimate, ClosedFormVariancesOfOneDraw) {
  // Var of the estimate of dE[x]: right and left alternatives by hand. Fourth moments give the standard
  // error.
  struct Form {
    const char* name;
    double (*estimate)(sad::Rng&);
    double variance;
  };
  const double p = 0.3, n = 6, lambda = 2.5;
  const Form forms[] = {
      {"bernoulli right",
       [](sad::Rng& r) {
         return sad::derivative_estimate([](auto t, auto& g) { return sad::bernoulli(g, t, Rule::right); },
                                         0.3, r);
       },
       p / (1 - p)},
      {"bernoulli left",
       [](sad::Rng& r) {
         return sad::derivative_estimate([](auto t, auto& g) { return sad::bernoulli(g, t, Rule::left); },
                                         0.3, r);
       },
       (1 - p) / p},
      {"binomial right",
       [](sad::Rng& r) {
         return sad::derivative_estimate([](auto t, auto& g) { return sad::binomial(g, 6, t, Rule::right); },
                                         0.3, r);
       },
       n * p / (1 - p)},
      {"binomial left",
       [](sad::Rng& r) {
         return sad::derivative_estimate([](auto t, auto& g) { return sad::binomial(g, 6, t, Rule::left); },
                                         0.3, r);
       },
       n * (1 - p) / p},
      {"geometric right",
       [](sad::Rng& r) {
         return sad::derivative_estimate([](auto t, auto& g) { return sad::geometric(g, t, Rule::right); },
                                         0.3, r);
       },
       1 / (p * p * p * p * (1 - p))},
      {"geometric left",
       [](sad::Rng& r) {
         return sad::derivative_estimate([](auto t, auto& g) { return sad::geometric(g, t, Rule::left); },
                                         0.3, r);
       },
       (1 - p) / (p * p * p * p)},
      {"poisson right",
       [](sad::Rng& r) {
         return sad::derivative_estimate([](auto t, auto& g) { return sad::poisson(g, t, Rule::right); }, 2.5,
                                         r);
       },
       0},
      {"poisson left",
       [](sad::Rng& r) {
         return sad::derivative_estimate([](auto t, auto& g) { return sad::poisson(g, t, Rule::left); }, 2.5,
                                         r);
       },
       1 / lambda},
  };
  const double means[] = {1, 1, n, n, -1 / (p * p), -1 / (p * p), 1, 1};
  sad::Rng rng(51);
  for (std::size_t i = 0; i < std::size(forms); ++i) {
    Mean squares;
    for (int k = 0; k < 100000; ++k) {
      const double d = forms[i].estimate(rng) - means[i];
      squares.add(d * d);
    }
    EXPECT_LT(std::abs(squares.z(forms[i].variance)), z_limit) << forms[i].name << " " << squares.mean();
  }
}

}  // namespace
}  // namespace sad_test::of_estimate
