// SPDX-License-Identifier: Apache-2.0
// Directions against a truth that is known by noise alone: unbiased where the noise is longer than what it hides, and
// with errors that are the spread.
#include "spikegrad/measure/direction.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "spikegrad/core/random.hpp"
#include "spikegrad/core/statistics.hpp"

namespace spikegrad {
namespace {

using Vectors = std::vector<std::vector<double>>;

constexpr std::size_t components = 200;

/// `count` draws around a vector of length 1 (`turn` radians from the first axis towards the second), noise `sigma` a
/// component: its length is sigma sqrt(components).
Vectors draws(SequentialRng& rng, std::size_t count, double sigma, double turn, double length = 1.0) {
  Vectors all(count, std::vector<double>(components));
  for (auto& draw : all) {
    draw[0] = length * std::cos(turn);
    draw[1] = length * std::sin(turn);
    for (double& x : draw) x += sigma * rng.normal();
  }
  return all;
}

DrawProducts products(const Vectors& own, const Vectors& truth) {
  return {.truth = products_of(truth, truth, 0, components),
          .own = products_of(own, own, 0, components),
          .cross = products_of(own, truth, 0, components)};
}

struct Repeated {
  VectorMoments values{4}, errors{4};
  std::size_t unresolved = 0;

  void add(const GradientDirection& d) {
    if (std::isnan(d.cosine.value)) {
      ++unresolved;
      return;
    }
    values.add(std::vector{d.cosine.value, d.length.value, d.bias_square.value, d.noise});
    errors.add(std::vector{d.cosine.std_error, d.length.std_error, d.bias_square.std_error, 0.0});
  }
};

// The noise of one block is 1.4 times the length of what it hides; the cosine of the plain means would be 0.83 of the
// true one. Fixed seeds; 400 repetitions, so that a mean is off by 5 of its standard errors once in 10^6 times.
TEST(Direction, TakesTheNoiseOut) {
  SequentialRng rng(1, 0);
  Repeated repeated;
  constexpr double turn = 0.6, length = 1.5, sigma = 0.1;
  double plain = 0.0;
  constexpr std::size_t repetitions = 400;
  for (std::size_t k = 0; k < repetitions; ++k) {
    const Vectors truth = draws(rng, 8, sigma, 0.0), own = draws(rng, 8, sigma, turn, length);
    repeated.add(direction_of(products(own, truth)));
    std::vector<double> a(components), b(components);
    for (std::size_t i = 0; i < 8; ++i)
      for (std::size_t c = 0; c < components; ++c) a[c] += truth[i][c] / 8.0, b[c] += own[i][c] / 8.0;
    plain += dot(a, b) / norm(a) / norm(b) / static_cast<double>(repetitions);
  }
  ASSERT_EQ(repeated.unresolved, 0u);
  const double bias_square = length * length + 1.0 - 2.0 * length * std::cos(turn);
  const std::vector<double> expected{std::cos(turn), length, bias_square,
                                     sigma * std::sqrt(double{components})};
  const auto spread = repeated.values.variance();
  for (std::size_t q = 0; q < 4; ++q)
    EXPECT_NEAR(repeated.values.mean()[q], expected[q],
                5.0 * repeated.values.std_error()[q] + 0.01 * expected[q])
        << q;
  for (std::size_t q = 0; q < 3; ++q)
    EXPECT_NEAR(repeated.errors.mean()[q] / std::sqrt(spread[q]), 1.0, 0.25) << q;
  EXPECT_LT(plain, 0.95 * std::cos(turn)) << "without the correction the noise would hide nothing";
}

// The planted error: a draw in both the truth and the estimator's, whose noise then counts for alignment.
TEST(Direction, SharedDrawsAreSeen) {
  SequentialRng rng(2, 0);
  VectorMoments cosine(1);
  for (std::size_t k = 0; k < 100; ++k) {
    const Vectors truth = draws(rng, 8, 0.1, 0.0);
    Vectors own = draws(rng, 8, 0.1, 0.6);
    for (std::size_t i = 0; i < 8; ++i)
      for (std::size_t c = 2; c < components; ++c) own[i][c] = truth[i][c];
    cosine.add(std::vector{direction_of(products(own, truth)).cosine.value});
  }
  EXPECT_GT(cosine.mean()[0] - std::cos(0.6), 5.0 * cosine.std_error()[0]);
}

TEST(Direction, AnUnbiasedEstimatorHasNoBias) {
  SequentialRng rng(3, 0);
  VectorMoments values(2);
  for (std::size_t k = 0; k < 400; ++k) {
    const GradientDirection d = direction_of(products(draws(rng, 8, 0.1, 0.0), draws(rng, 8, 0.1, 0.0)));
    if (std::isnan(d.cosine.value)) continue;
    values.add(std::vector{d.bias_square.value, d.cosine.value - 1.0});
    EXPECT_TRUE(std::isfinite(d.bias.std_error));
  }
  for (std::size_t q = 0; q < 2; ++q)
    EXPECT_LT(std::abs(values.mean()[q]), 5.0 * values.std_error()[q] + 0.01) << q;
}

TEST(Direction, NothingIsSaidOfATruthWithinItsNoise) {
  SequentialRng rng(4, 0);
  std::size_t said = 0;
  for (std::size_t k = 0; k < 100; ++k)
    said += std::isfinite(
        direction_of(products(draws(rng, 8, 0.1, 0.0), draws(rng, 8, 0.1, 0.0, 0.0))).cosine.value);
  EXPECT_LE(said, 5u);
  EXPECT_TRUE(std::isnan(length_of(products_of({{0.0}, {0.0}, {0.0}}, {{0.0}, {0.0}, {0.0}}, 0, 1)).value));
}

TEST(Direction, WithoutNoiseIsPlainGeometry) {
  const Vectors truth{{3.0, 4.0}}, own{{4.0, 3.0}};
  const GradientDirection d = direction_of(
      {products_of(truth, truth, 0, 2), products_of(own, own, 0, 2), products_of(own, truth, 0, 2)});
  EXPECT_DOUBLE_EQ(d.cosine.value, 24.0 / 25.0);
  EXPECT_DOUBLE_EQ(d.length.value, 1.0);
  EXPECT_NEAR(d.bias.value, std::sqrt(2.0) / 5.0, 1e-12);
  EXPECT_EQ(d.cosine.std_error, 0.0);
  EXPECT_EQ(d.noise, 0.0);
}

}  // namespace
}  // namespace spikegrad
