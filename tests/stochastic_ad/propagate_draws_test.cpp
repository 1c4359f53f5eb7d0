// SPDX-License-Identifier: Apache-2.0
// Functions that branch and draw inside, against exact derivatives: 4 programs × 4 back ends and a program twice = 18
// two-sided z-tests; |z| > 5 has probability 5.7e-7, in all 1.1e-5. Fixed seed.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "reference.hpp"

namespace sad_test::of_propagate_draws {
namespace {

constexpr double theta = 0.3, z_limit = 5.0;
constexpr int trials = 4, runs = 20000;

/// Σ_x P(x; θ) mean(x, θ), x binomial.
template <class Mean>
double exact(const Mean& mean) {
  Dual<> sum(0.0);
  const Dual<> p(theta, 1.0);
  for (const auto& [x, probability] : binomial_outcomes(trials, p)) sum = sum + probability * mean(x, p);
  return sum.derivative;
}

/// Branches with different draws, none of which depends on p but by x.
struct Branches {
  static auto run(const auto& p, auto& rng) {
    const auto x = sad::binomial(rng, trials, p);
    const auto y = sad::propagate_draws(
        rng,
        [](auto k, auto& r) {
          if (k > 1) return k * k + sad::poisson(r, 2.0 + k);
          const auto coin = sad::bernoulli(r, 0.25);
          return coin > 0.5 ? 3.0 + sad::geometric(r, 0.5) : k - 1.0;  // a branch on what it drew
        },
        x);
    return y * (x + 1);
  }
  static Dual<> mean(double x, Dual<>) {
    return (x > 1 ? x * x + 2.0 + x : 0.25 * (3.0 + 1.0) + 0.75 * (x - 1.0)) * (x + 1);
  }
};
/// Draws inside whose parameters move.
struct MovingDraws {
  static auto run(const auto& p, auto& rng) {
    const auto x = sad::binomial(rng, trials, p);
    const auto y = sad::propagate_draws(
        rng,
        [](const auto& k, const auto& q, auto& r) {
          using Number = std::remove_cvref_t<decltype(k * q)>;
          if (k > 1) return Number(k * sad::poisson(r, 4 * q));
          return Number(5 * sad::bernoulli(r, q * q) + q);
        },
        x, p);
    return (x + 1) * y + p;
  }
  static Dual<> mean(double x, Dual<> p) { return (x + 1) * (x > 1 ? 4 * p * x : 5 * p * p + p) + p; }
};
/// A branch within a branch, and an array for an argument.
struct Nested {
  static auto run(const auto& p, auto& rng) {
    const auto x = sad::binomial(rng, trials, p);
    return sad::propagate_draws(
        rng,
        [](const auto& pair, auto& r) {
          using Number = std::remove_cvref_t<decltype(pair[0] * pair[1])>;
          if (pair[0] < 2) return Number(pair[0] * pair[1]);
          const auto y = sad::bernoulli(r, pair[1]);
          return Number(pair[0] + sad::propagate_draws(
                                      r,
                                      [](const auto& s, const auto& q, auto& inner) {
                                        using Own = std::remove_cvref_t<decltype(s * q)>;
                                        return s > 0.5 ? Own(sad::poisson(inner, 3 * q)) : Own(q - 1);
                                      },
                                      y, pair[1]));
        },
        std::array{x, p});
  }
  static Dual<> mean(double x, Dual<> p) {
    if (x < 2) return x * p;
    return x + p * (3 * p) + (1 - p) * (p - 1);
  }
};

/// Results of several numbers, which change together.
struct Arrays {
  static auto run(const auto& p, auto& rng) {
    const auto x = sad::binomial(rng, trials, p);
    const auto y = sad::propagate_draws(
        rng,
        [](const auto& k, const auto& q, auto& r) {
          using Number = std::remove_cvref_t<decltype(k * q)>;
          if (k > 1) {
            const Number n = k * sad::poisson(r, 4 * q);
            return std::array{n, Number(k - n)};
          }
          return std::array{Number(5 * sad::bernoulli(r, q * q) + q), Number(k)};
        },
        x, p);
    const auto z = sad::propagate_draws(
        rng,
        [](auto k, auto& r) {
          return k > 1 ? std::vector{k + sad::geometric(r, 0.5), k} : std::vector{k, k - 1.0};
        },
        x);
    return y[0] * y[1] + x * y[0] + z[0] * z[1];
  }
  static Dual<> mean(double x, Dual<> p) {
    if (x > 1) return 8 * p * x * x - x * x * (4 * p + 16 * p * p) + (x + 1) * x;
    return 2 * x * (5 * p * p + p) + x * (x - 1);
  }
};

template <class Backend, class Program>
double z_of(const Program&, sad::Rng& rng) {
  Mean mean;
  for (int i = 0; i < runs; ++i)
    mean.add(sad::derivative_estimate<Backend>([](const auto& p, auto& r) { return Program::run(p, r); },
                                               theta, rng));
  return mean.z(exact([](double x, Dual<> p) { return Program::mean(x, p); }));
}

TEST(PropagateDraws, IsUnbiased) {
  sad::Rng rng(71);
  const auto check = [&](const auto& program, const char* name) {
    EXPECT_LT(std::abs(z_of<sad::KeepAll>(program, rng)), z_limit) << name;
    EXPECT_LT(std::abs(z_of<sad::PruneByWeight>(program, rng)), z_limit) << name;
    EXPECT_LT(std::abs(z_of<sad::PruneByWins>(program, rng)), z_limit) << name;
    EXPECT_LT(std::abs(z_of<sad::OneAlternative>(program, rng)), z_limit) << name;
  };
  check(Branches(), "branches");
  check(MovingDraws(), "draws that move");
  check(Nested(), "nested");
  check(Arrays(), "arrays");
}

/// The derivative parts of the arguments left out.
struct ForgottenDraws {
  static auto run(const auto& p, auto& rng) {
    const auto x = sad::binomial(rng, trials, p);
    const auto y = sad::propagate_draws(
        rng,
        [](auto k, auto& r) {
          return k > 1 ? k * sad::poisson(r, 4 * theta) : 5 * sad::bernoulli(r, theta * theta) + theta;
        },
        x);
    return (x + 1) * y + p;
  }
  static Dual<> mean(double x, Dual<> p) { return MovingDraws::mean(x, p); }
};
/// One branch for value and alternatives.
struct OneBranch : Branches {
  static auto run(const auto& p, auto& rng) {
    const auto x = sad::binomial(rng, trials, p);
    const bool many = sad::value(x) > 1;
    const auto y = sad::propagate_draws(
        rng,
        [many](auto k, auto& r) {
          if (many) return k * k + sad::poisson(r, 2.0 + k);
          const auto coin = sad::bernoulli(r, 0.25);
          return coin > 0.5 ? 3.0 + sad::geometric(r, 0.5) : k - 1.0;
        },
        x);
    return y * (x + 1);
  }
};

/// One element of the result without its alternatives.
struct HalfAnArray : Arrays {
  static auto run(const auto& p, auto& rng) {
    const auto x = sad::binomial(rng, trials, p);
    auto y = sad::propagate_draws(
        rng,
        [](const auto& k, const auto& q, auto& r) {
          using Number = std::remove_cvref_t<decltype(k * q)>;
          const Number n = k * sad::poisson(r, 4 * q);
          return std::array{n, Number(k - n)};
        },
        x, p);
    y[1] = sad::value(y[1]);
    return y[0] * y[1];
  }
  static Dual<> mean(double x, Dual<> p) { return 4 * p * x * x - x * x * (4 * p + 16 * p * p); }
};

TEST(PropagateDraws, TheTestSeesWhatIsLeftOut) {
  sad::Rng rng(72);
  EXPECT_GT(std::abs(z_of<sad::PruneByWeight>(HalfAnArray(), rng)), z_limit);
  EXPECT_GT(std::abs(z_of<sad::PruneByWeight>(ForgottenDraws(), rng)), z_limit);
  EXPECT_GT(std::abs(z_of<sad::PruneByWeight>(OneBranch(), rng)), z_limit);
}

/// As often as k² says, and then once more for every k.
template <bool keyed>
struct DrawsAfterABranch {
  static constexpr double far = 1000.0;

  static auto run(const auto& p, auto& rng) {
    const auto x = sad::binomial(rng, trials, p);
    return sad::propagate_draws(
        rng,
        [](const auto& k, const auto& q, auto& r) {
          using Number = std::remove_cvref_t<decltype(k * q)>;
          auto branch = sad::branch_rng(r);
          const auto in_branch = [&](auto& own) {
            double sum = 0;
            for (int i = 0; i < k * k; ++i) sum += sad::bernoulli(own, 0.5);
            return sum;
          };
          const double sum = keyed ? in_branch(branch) : in_branch(r);
          return Number(sum + q * k + far * sad::bernoulli(r, 0.5));
        },
        x, p);
  }
  static Dual<> mean(double x, Dual<> p) { return 0.5 * x * x + p * x + 0.5 * far; }
};

/// Share of runs in which an alternative differs from the value by the draw after the branch.
template <bool keyed>
double share_apart(sad::Rng& rng) {
  using Program = DrawsAfterABranch<keyed>;
  int apart = 0, changed = 0;
  for (int i = 0; i < runs; ++i) {
    const auto sample = sad::stochastic_triple<sad::KeepAll>(
        [](const auto& p, auto& r) { return Program::run(p, r); }, theta, rng);
    for (const auto& perturbation : sample.perturbations) {
      ++changed;
      apart += std::abs(perturbation.delta) > Program::far / 2;
    }
  }
  EXPECT_GT(changed, runs / 2);
  return double(apart) / changed;
}

TEST(PropagateDraws, DrawsAfterABranchAreThoseOfTheValue) {
  sad::Rng rng(73);
  EXPECT_EQ(share_apart<true>(rng), 0.0);
  EXPECT_GT(share_apart<false>(rng), 0.3);  // planted: a fair coin is as often another one as not
}

TEST(PropagateDraws, WithOrWithoutTheirOwnNumbersBranchesHaveNoBias) {
  sad::Rng rng(74);
  const auto estimates = [&]<bool keyed>(std::bool_constant<keyed>) {
    Mean mean;
    for (int i = 0; i < runs; ++i)
      mean.add(sad::derivative_estimate(
          [](const auto& p, auto& r) { return DrawsAfterABranch<keyed>::run(p, r); }, theta, rng));
    return mean;
  };
  const double truth = exact([](double x, Dual<> p) { return DrawsAfterABranch<true>::mean(x, p); });
  const Mean with = estimates(std::true_type()), without = estimates(std::false_type());
  EXPECT_LT(std::abs(with.z(truth)), z_limit);
  EXPECT_LT(std::abs(without.z(truth)), z_limit);
  EXPECT_GT(without.std_error(), 20 * with.std_error());
}

TEST(PropagateDraws, HasTheValuesOfAPlainRun) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    sad::Rng plain(seed), triple(seed);
    EXPECT_EQ(DrawsAfterABranch<true>::run(theta, plain),
              sad::stochastic_triple(
                  [](const auto& p, auto& r) { return DrawsAfterABranch<true>::run(p, r); }, theta, triple)
                  .value);
    EXPECT_EQ(
        Branches::run(theta, plain),
        sad::stochastic_triple([](const auto& p, auto& r) { return Branches::run(p, r); }, theta, triple)
            .value);
    EXPECT_EQ(
        MovingDraws::run(theta, plain),
        sad::stochastic_triple([](const auto& p, auto& r) { return MovingDraws::run(p, r); }, theta, triple)
            .value);
    EXPECT_EQ(plain(), triple());
  }
}

}  // namespace
}  // namespace sad_test::of_propagate_draws
