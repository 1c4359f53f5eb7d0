// SPDX-License-Identifier: Apache-2.0
// Vector mode against exact gradients, by enumeration with dual probabilities: 3 programs × 3 parameters × 4 back ends
// × (std::array and std::vector) = 72 two-sided z-tests; |z| > 5.2 has probability 2.0e-7, in all 1.4e-5. Fixed seed.
// With every alternative kept the gradient is that of one run along each parameter, to rounding.

#include "spikegrad/stochastic_ad/gradient.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "gradient_programs.hpp"

namespace sad_test::of_gradient {
namespace {

constexpr double z_limit = 5.2;
constexpr int runs = 40000;

template <class Backend, class Program, class P>
double largest_z(const P& p, sad::Rng& rng) {
  return largest_z_of<Program>(runs,
                               [&] { return sad::gradient_estimate<Backend>(program<Program>, p, rng); });
}

template <class Backend>
void check_backend(const char* name) {
  sad::Rng rng(91);
  EXPECT_LT((largest_z<Backend, Chain>(at, rng)), z_limit) << name;
  EXPECT_LT((largest_z<Backend, Classes>(at, rng)), z_limit) << name;
  EXPECT_LT((largest_z<Backend, Branches>(at, rng)), z_limit) << name;
  EXPECT_LT((largest_z<Backend, Chain>(at_vector, rng)), z_limit) << name;
  EXPECT_LT((largest_z<Backend, Classes>(at_vector, rng)), z_limit) << name;
  EXPECT_LT((largest_z<Backend, Branches>(at_vector, rng)), z_limit) << name;
}
TEST(SlowGradient, IsUnbiasedWithEveryAlternative) {
  check_backend<sad::KeepAll>("keep all");
}
TEST(SlowGradient, IsUnbiasedPrunedByWeight) {
  check_backend<sad::PruneByWeight>("prune by weight");
}
TEST(SlowGradient, IsUnbiasedPrunedByWins) {
  check_backend<sad::PruneByWins>("prune by wins");
}
TEST(SlowGradient, IsUnbiasedWithOneAlternative) {
  check_backend<sad::OneAlternative>("one alternative");
}

/// Keeps an event with probability ∝ its weight along the first parameter, but corrects by the length.
template <class W>
struct FirstParameterDecides : sad::ByWeight<W> {
  static double keep(const auto& a, const auto& b) {
    const double x = std::abs(a.weight[0]), y = std::abs(b.weight[0]);
    return x + y > 0 ? x / (x + y) : 0.5;
  }
};
struct PruneByFirst {
  template <class W>
  using with_weights = sad::SingleAlternative<sad::EventTable<FirstParameterDecides<W>>>;
};

TEST(Gradient, TheTestSeesWrongPruning) {
  sad::Rng rng(92);
  EXPECT_GT((largest_z<PruneByFirst, Chain>(at, rng)), z_limit);
  EXPECT_GT((largest_z<PruneWithoutCorrection<sad::ByWeight>, Chain>(at, rng)), z_limit);
}

template <class Backend, class Program>
void expect_one_run_for_each(double tolerance) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    sad::Rng rng(seed);
    const auto gradient = sad::gradient_estimate<Backend>(program<Program>, at, rng);
    sad::Rng plain(seed);
    program<Program>(at, plain);
    EXPECT_EQ(rng(), plain());
    for (std::size_t k = 0; k < 3; ++k) {
      std::array<double, 3> direction{};
      direction[k] = 1;
      sad::Rng same(seed);
      const double alone =
          sad::directional_derivative_estimate<Backend>(program<Program>, at, direction, same);
      EXPECT_NEAR(gradient[k], alone, tolerance * (1 + std::abs(alone))) << "seed " << seed;
    }
  }
}
TEST(Gradient, IsThatOfOneRunForEachParameter) {
  expect_one_run_for_each<sad::KeepAll, Chain>(1e-12);
  expect_one_run_for_each<sad::KeepAll, Branches>(1e-12);
  expect_one_run_for_each<sad::Smoothed, Chain>(1e-12);
}

TEST(Gradient, OfAProgramWithoutParameters) {
  sad::Rng rng(1);
  const auto none = [](const auto&, auto& r) { return sad::uniform(r); };
  EXPECT_EQ(sad::gradient_estimate(none, at, rng), (std::array<double, 3>{}));
  EXPECT_EQ(sad::gradient_estimate(none, at_vector, rng), std::vector<double>(3));
}

/// Every function of a dual number has the slopes of the scalar dual number.
TEST(SlopeDual, HasTheSlopesOfDualNumbers) {
  using V = sad::SlopeDual<double, sad::Slopes<2>>;
  const auto expect = [](const char* name, const auto& f) {
    const Dual<> by_x = f(Dual<>(0.7, 1.0), Dual<>(0.4, 0.0)), by_y = f(Dual<>(0.7, 0.0), Dual<>(0.4, 1.0));
    const V both = f(V(0.7, sad::Slopes<2>::unit(0, 2)), V(0.4, sad::Slopes<2>::unit(1, 2)));
    EXPECT_EQ(both.value, by_x.value) << name;
    EXPECT_NEAR(both.derivative[0], by_x.derivative, 1e-14) << name;
    EXPECT_NEAR(both.derivative[1], by_y.derivative, 1e-14) << name;
  };
#define SPIKEGRAD_EXPECT(expression) expect(#expression, [](auto x, auto y) { return expression; });
  SPIKEGRAD_EXPECT(x + y)
  SPIKEGRAD_EXPECT(x - 2 * y)
  SPIKEGRAD_EXPECT(3 - x * y)
  SPIKEGRAD_EXPECT(x * y / (1 + x))
  SPIKEGRAD_EXPECT(2 / y - x / 3)
  SPIKEGRAD_EXPECT(pow(x, y) + pow(x, 3) + pow(2, y))
  SPIKEGRAD_EXPECT(max(x, y) + min(x, y) * y)
  SPIKEGRAD_EXPECT(exp(x) * log(y) + sqrt(x) - cbrt(y))
  SPIKEGRAD_EXPECT(sin(x) * cos(y) + tan(x) - tanh(y) + atan(x))
  SPIKEGRAD_EXPECT(erf(x) + lgamma(y) + abs(-x) + expm1(y) + log1p(x))
#undef SPIKEGRAD_EXPECT
  V sum(1.0);
  sum += V(2.0, sad::Slopes<2>::unit(0, 2));
  sum *= 3;
  sum -= V(1.0, sad::Slopes<2>::unit(1, 2));
  sum /= 2;
  EXPECT_EQ(sum.value, 4);
  EXPECT_EQ(sum.derivative[0], 1.5);
  EXPECT_EQ(sum.derivative[1], -0.5);
}

/// What does not move stays unmoved where the slope is infinite.
TEST(SlopeDual, AConstantPartStaysZero) {
  using V = sad::SlopeDual<double, sad::Slopes<2>>;
  const V root = sqrt(V(0.0, sad::Slopes<2>::unit(1, 2)));
  EXPECT_EQ(root.derivative[0], 0);
  EXPECT_EQ(root.derivative[1], std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace sad_test::of_gradient
