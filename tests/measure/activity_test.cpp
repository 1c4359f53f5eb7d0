// SPDX-License-Identifier: Apache-2.0
// Spike statistics against the values that are known for clocks and for independent spikes.
#include "spikegrad/measure/activity.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/core/statistics.hpp"

namespace spikegrad {
namespace {

/// Two-sided z-tests at 4.9 standard errors: a false alarm once in 10^6 runs. Seeds are fixed.
constexpr double z_limit = 4.9;

/// Independent spikes of probability p.
std::vector<SpikeRaster> independent_spikes(std::size_t trials, std::size_t steps, std::size_t units,
                                            double p, SequentialRng& rng) {
  std::vector<SpikeRaster> rasters(trials, SpikeRaster(steps, units));
  for (SpikeRaster& raster : rasters)
    for (std::uint8_t& s : raster.flat()) s = rng.uniform() < p;
  return rasters;
}

/// A spike every `period` steps, units shifted against each other.
SpikeRaster clock(std::size_t steps, std::size_t units, std::size_t period) {
  SpikeRaster raster(steps, units);
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t i = 0; i < units; ++i) raster[t][i] = (t + i) % period == 0;
  return raster;
}

/// Mean of statistic(rasters) over repetitions, minus the expected value, in standard errors.
template <class Statistic>
double z_score(double expected, std::size_t repetitions, Statistic&& statistic) {
  VectorMoments moments(1);
  for (std::size_t r = 0; r < repetitions; ++r) {
    const double value = statistic();
    moments.add({&value, 1});
  }
  return (moments.mean()[0] - expected) / moments.std_error()[0];
}

TEST(PopulationRate, CountsSpikesPerUnitAndSecond) {
  const std::vector<SpikeRaster> trials{clock(100, 4, 20), SpikeRaster(100, 4)};
  EXPECT_DOUBLE_EQ(population_rate(trials, 1e-3), 25.0);  // 50 Hz in one trial, 0 in the other
  EXPECT_DOUBLE_EQ(population_rate(trials, 2e-3), 12.5);
}

TEST(FanoFactor, IsZeroForEqualTrialsAndNothingWithoutSpikes) {
  const std::vector<SpikeRaster> equal(5, clock(60, 3, 7));
  EXPECT_EQ(fano_factor(equal), 0.0);
  EXPECT_TRUE(std::isnan(fano_factor(std::vector<SpikeRaster>(5, SpikeRaster(60, 3)))));
  EXPECT_TRUE(std::isnan(fano_factor(std::span(equal).first(1))));
}

TEST(FanoFactor, OfAFewCountsByHand) {
  // One unit, window 2. Trials 1 1 0 and 0 1 0: counts (2, 1) and (1, 1), so variance 0.5 over mean 1.5 and
  // 0.
  std::vector<SpikeRaster> trials(2, SpikeRaster(3, 1));
  trials[0][0][0] = trials[0][1][0] = trials[1][1][0] = 1;
  EXPECT_DOUBLE_EQ(fano_factor(trials, 2), 0.5 * (0.5 / 1.5 + 0.0));
  // Window 1: counts (1, 0), (1, 1), and a step without spike, which is left out.
  EXPECT_DOUBLE_EQ(fano_factor(trials, 1), 0.5 * (0.5 / 0.5 + 0.0));
}

// N independent spikes among the n W slots of a window are hypergeometric over the trials: the mean of the
// variance over the mean is 1 - (N-1)/(nW-1) exactly, so its expectation given N > 0 is
// 1 - (nWp/(1-q) - 1)/(nW-1), q = (1-p)^(nW); 1 - p up to the share of empty windows, and 1 in the Poisson
// limit.
TEST(FanoFactor, OfIndependentSpikes) {
  SequentialRng rng(11);
  constexpr std::size_t trials = 8, window = 10;
  for (const double p : {0.3, 0.05, 0.002}) {
    const double slots = trials * window, empty = std::pow(1.0 - p, slots);
    const double expected = 1.0 - (slots * p / (1.0 - empty) - 1.0) / (slots - 1.0);
    // One window per raster, so that every ratio weighs the same.
    const double z = z_score(expected, 20000, [&] {
      for (;;)
        if (const double f = fano_factor(independent_spikes(trials, window, 1, p, rng)); !std::isnan(f))
          return f;
    });
    EXPECT_LT(std::abs(z), z_limit) << "p = " << p;
  }
}

TEST(FanoFactor, SlidingWindowsOfIndependentSpikes) {
  SequentialRng rng(12);
  constexpr double p = 0.2;  // a window is empty in all trials once in 6e7
  const double z =
      z_score(1.0 - p, 400, [&] { return fano_factor(independent_spikes(8, 100, 5, p, rng), 10); });
  EXPECT_LT(std::abs(z), z_limit);
}

// The same test must see that a variance is divided by n instead of n - 1 (ratio 7/8 at n = 8).
TEST(FanoFactor, ATestOfThisSizeCatchesABiasedVariance) {
  SequentialRng rng(12);
  const double z =
      z_score(0.8, 400, [&] { return 7.0 / 8.0 * fano_factor(independent_spikes(8, 100, 5, 0.2, rng), 10); });
  EXPECT_GT(std::abs(z), z_limit);
}

TEST(IntervalCv, IsZeroForAClock) {
  const std::vector<SpikeRaster> trials(2, clock(100, 3, 9));
  EXPECT_EQ(interval_cv(trials), 0.0);
}

TEST(IntervalCv, PoolsTrialsButNoIntervalSpansTwo) {
  // Spikes at 0, 2, 6 and at 0, 4: intervals 2, 4, 4. A second unit with one interval is left out.
  std::vector<SpikeRaster> trials(2, SpikeRaster(8, 2));
  for (const std::size_t t : {0, 2, 6}) trials[0][t][0] = 1;
  for (const std::size_t t : {0, 4}) trials[1][t][0] = 1, trials[1][t + 1][1] = 1;
  EXPECT_DOUBLE_EQ(interval_cv(trials), std::sqrt(4.0 / 3.0) / (10.0 / 3.0));
  EXPECT_TRUE(std::isnan(interval_cv(trials, 4)));
}

// Geometric intervals: sd/mean = sqrt(1-p)/p · p. Long trains: the estimate's bias is of the order of 1 over
// the number of intervals (5,000 to 20,000), its scatter over 60 repetitions 1/sqrt(60 · 10,000).
TEST(IntervalCv, OfIndependentSpikes) {
  SequentialRng rng(13);
  for (const double p : {0.5, 0.1}) {
    const std::size_t steps = static_cast<std::size_t>(10000 / p);
    const double z =
        z_score(std::sqrt(1.0 - p), 60, [&] { return interval_cv(independent_spikes(1, steps, 1, p, rng)); });
    EXPECT_LT(std::abs(z), z_limit) << "p = " << p;
  }
}

TEST(Activity, RefusesTrialsOfDifferentShape) {
  const std::vector<SpikeRaster> trials{SpikeRaster(10, 2), SpikeRaster(10, 3)};
  EXPECT_THROW(fano_factor(trials), UserError);
  EXPECT_THROW(population_rate({}, 1e-3), UserError);
  EXPECT_THROW(fano_factor({trials.data(), 1}, 0), UserError);
  EXPECT_THROW(interval_cv({trials.data(), 1}, 1), UserError);
}

}  // namespace
}  // namespace spikegrad
