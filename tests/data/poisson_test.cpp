// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/poisson.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace spikegrad {
namespace {

double sum(const Grid<double>& raster) {
  double total = 0.0;
  for (const double x : raster.flat()) total += x;
  return total;
}

/// z of the number of spikes against Binomial(n, p).
double z_of_count(const Grid<double>& raster, double p) {
  const auto n = static_cast<double>(raster.flat().size());
  return (sum(raster) - n * p) / std::sqrt(n * p * (1.0 - p));
}

// Two-sided, |z| < 4: false-alarm rate 6e-5.
TEST(PoissonRaster, HasItsRate) {
  for (const double rate : {5.0, 50.0, 700.0}) {
    const Grid<double> raster = poisson_raster({1e-3, 500}, 203, rate, 1, 0);
    const double p = 1.0 - std::exp(-rate * 1e-3);
    EXPECT_LT(std::abs(z_of_count(raster, p)), 4.0) << rate;
    EXPECT_GT(std::abs(z_of_count(raster, 1.5 * p)), 4.0) << "a planted error of 50 % at " << rate;
    for (const double x : raster.flat()) EXPECT_TRUE(x == 0.0 || x == 1.0);
  }
  EXPECT_EQ(sum(poisson_raster({1e-3, 100}, 10, 0.0, 1, 0)), 0.0);
  EXPECT_EQ(sum(poisson_raster({1e-3, 100}, 10, 1e9, 1, 0)), 1000.0);
}

TEST(PoissonRaster, IsFrozenAndKeyedByIdentity) {
  const TimeGrid time{1e-3, 100};
  const Grid<double> raster = poisson_raster(time, 10, 100.0, 1, 0);
  EXPECT_EQ(raster, poisson_raster(time, 10, 100.0, 1, 0));
  EXPECT_NE(raster, poisson_raster(time, 10, 100.0, 2, 0));
  EXPECT_NE(raster, poisson_raster(time, 10, 100.0, 1, 1));
  // More units or steps add spikes and move none.
  const Grid<double> larger = poisson_raster({1e-3, 150}, 13, 100.0, 1, 0);
  for (std::size_t t = 0; t < 100; ++t)
    for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(larger[t][i], raster[t][i]);
}

}  // namespace
}  // namespace spikegrad
