// SPDX-License-Identifier: Apache-2.0
// Randman, Poisson patterns and rasters, and that what is written is what is read.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/data/patterns.hpp"
#include "spikegrad/data/picture_raster.hpp"
#include "spikegrad/data/poisson.hpp"
#include "spikegrad/data/randman.hpp"
#include "spikegrad/data/shd_file.hpp"
#include "spikegrad/data/summary.hpp"
#include "tests/support/scratch.hpp"

namespace spikegrad {
namespace {

EventSet randman(const RandmanSettings& settings, unsigned threads = 1) {
  Progress none;
  return make_randman(settings, threads, none);
}

/// The spike times of sample i by unit, where every unit spikes once.
std::vector<float> times_by_unit(const EventSet& events, std::size_t i) {
  std::vector<float> times(events.channels, -1.0f);
  for (std::size_t k = events.begin[i]; k < events.begin[i + 1]; ++k) {
    EXPECT_EQ(times[events.units[k]], -1.0f);
    times[events.units[k]] = events.times[k];
  }
  return times;
}

const RandmanSettings small{.classes = 3, .samples_per_class = 40, .units = 6, .smoothness = 2.0, .seed = 5};

TEST(Randman, EveryUnitSpikesOnceWithinTheDuration) {
  const EventSet events = randman(small);
  EXPECT_EQ(events.size(), 120u);
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events.labels[i], i / 40);
    for (const float time : times_by_unit(events, i)) {
      EXPECT_GE(time, 0.0f);
      EXPECT_LE(time, 0.1f);
    }
    EXPECT_TRUE(std::is_sorted(events.times.begin() + static_cast<std::ptrdiff_t>(events.begin[i]),
                               events.times.begin() + static_cast<std::ptrdiff_t>(events.begin[i + 1])));
  }
}

TEST(Randman, ThreadsAndNumbersOfSamplesDoNotMatter) {
  const EventSet all = randman(small), threaded = randman(small, 4);
  EXPECT_EQ(all.times, threaded.times);
  RandmanSettings fewer = small;
  fewer.samples_per_class = 10;
  const EventSet part = randman(fewer);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(times_by_unit(part, 10 + i), times_by_unit(all, 40 + i));
}

/// Nearest neighbours by the distance of spike times: points of one curve lie together, those of other parts
/// of the data too, and those of other seeds do not. With 40 points on each of 3 smooth curves in 6
/// dimensions nearly all neighbours are of the class; by chance a third would be.
TEST(Randman, PartsShareTheManifoldsAndSeedsDoNot) {
  const EventSet train = randman(small);
  const auto accuracy = [&](const EventSet& test) {
    std::size_t right = 0;
    for (std::size_t i = 0; i < test.size(); ++i) {
      const auto a = times_by_unit(test, i);
      double nearest = std::numeric_limits<double>::infinity();
      std::uint16_t label = 0;
      for (std::size_t j = 0; j < train.size(); ++j) {
        const auto b = times_by_unit(train, j);
        double distance = 0.0;
        for (std::size_t u = 0; u < a.size(); ++u) distance += std::pow(a[u] - b[u], 2);
        if (distance < nearest) nearest = distance, label = train.labels[j];
      }
      right += label == test.labels[i];
    }
    return static_cast<double>(right) / static_cast<double>(test.size());
  };
  RandmanSettings other = small;
  other.part = 1;
  EXPECT_NE(randman(other).times, train.times);
  EXPECT_GT(accuracy(randman(other)), 0.9);
  other.seed = 6;
  EXPECT_LT(accuracy(randman(other)), 0.7);
}

/// The mean step of a unit's time from a point to the next along the curve, over the times' spread.
double roughness(double smoothness) {
  RandmanSettings s{.classes = 1, .samples_per_class = 400, .units = 8, .smoothness = smoothness, .seed = 1};
  const EventSet events = randman(s);
  // Samples have no order on the curve: the distance to the nearest other sample stands for the step.
  double sum = 0.0;
  std::vector<std::vector<float>> points;
  for (std::size_t i = 0; i < events.size(); ++i) points.push_back(times_by_unit(events, i));
  for (std::size_t i = 0; i < points.size(); ++i) {
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < points.size(); ++j) {
      double distance = 0.0;
      for (std::size_t u = 0; u < 8; ++u) distance += std::pow(points[i][u] - points[j][u], 2);
      if (i != j) nearest = std::min(nearest, distance);
    }
    sum += std::sqrt(nearest);
  }
  return sum;
}

TEST(Randman, SmoothnessSmoothes) {
  const double rough = roughness(0.5), middle = roughness(1.0), smooth = roughness(3.0);
  EXPECT_GT(rough, 1.5 * middle);
  EXPECT_GT(middle, 1.5 * smooth);
}

/// Counts of 2,000 patterns' units are Poisson with mean 4: the mean of n = 20,000 counts has standard error
/// 2/√n, their variance has 4·√(2/n + 1/(4n)) to leading order; |z| < 4.5 for both: false-alarm rate 1.4e-5,
/// at one fixed seed.
TEST(PoissonPatterns, CountsArePoissonAndCopiesFrozen) {
  const EventSet events = make_poisson_patterns({.classes = 2000, .units = 10, .rate = 20.0, .duration = 0.2},
                                                {.samples_per_class = 1, .seed = 3});
  std::map<std::pair<std::uint16_t, std::uint16_t>, int> counts;
  for (std::size_t i = 0; i < events.size(); ++i)
    for (std::size_t k = events.begin[i]; k < events.begin[i + 1]; ++k)
      ++counts[{events.labels[i], events.units[k]}];
  constexpr double n = 20000;
  double sum = 0.0, squares = 0.0;
  for (const auto& [which, count] : counts) sum += count, squares += count * count;
  const double mean = sum / n, variance = squares / n - mean * mean;
  EXPECT_LT(std::abs(mean - 4.0), 4.5 * 2.0 / std::sqrt(n));
  EXPECT_LT(std::abs(variance - 4.0), 4.5 * 4.0 * std::sqrt(2.25 / n));
  const EventSet copies =
      make_poisson_patterns({.classes = 2, .units = 10}, {.samples_per_class = 3, .seed = 3});
  const auto sample = [&](std::size_t i) {
    return std::vector<float>(copies.times.begin() + static_cast<std::ptrdiff_t>(copies.begin[i]),
                              copies.times.begin() + static_cast<std::ptrdiff_t>(copies.begin[i + 1]));
  };
  EXPECT_EQ(sample(0), sample(2));
  EXPECT_NE(sample(0), sample(3));
}

/// Displacements of about 4,000 spikes, 5 ms in 10 s: the mean square over the variance has standard error
/// √(2/n); |z| < 4.5: false-alarm rate 7e-6, at one fixed seed. Reflection at the ends touches 1 spike in
/// 2,000.
TEST(PoissonPatterns, JitterHasTheDeviationAskedFor) {
  const PoissonSettings settings{.classes = 1, .units = 2000, .rate = 0.2, .duration = 10.0};
  const EventSet still = make_poisson_patterns(settings, {.samples_per_class = 1, .seed = 2});
  const EventSet moved = make_poisson_patterns(settings, {.samples_per_class = 1, .jitter = 5e-3, .seed = 2});
  std::vector<std::vector<float>> before(2000), after(2000);
  for (std::size_t k = 0; k < still.times.size(); ++k) before[still.units[k]].push_back(still.times[k]);
  for (std::size_t k = 0; k < moved.times.size(); ++k) after[moved.units[k]].push_back(moved.times[k]);
  double squares = 0.0;
  for (std::size_t u = 0; u < 2000; ++u)
    for (std::size_t k = 0; k < before[u].size(); ++k) squares += std::pow(after[u][k] - before[u][k], 2);
  const auto n = static_cast<double>(still.times.size());
  EXPECT_LT(std::abs(squares / n / 25e-6 - 1.0), 4.5 * std::sqrt(2.0 / n));
  EXPECT_GE(*std::min_element(moved.times.begin(), moved.times.end()), 0.0f);
  EXPECT_LE(*std::max_element(moved.times.begin(), moved.times.end()), 10.0f);
}

TEST(RasterPatterns, WhatIsWrittenIsRead) {
  const Scratch scratch;
  const Grid<double> boat = drawn_raster(60, 40);
  Grid<double> stripes(60, 40);
  for (std::size_t t = 0; t < 60; t += 3) stripes[t][t % 40] = 1.0;
  for (const double dt : {1e-3, 2e-3}) {
    const EventSet events = make_raster_patterns({{"boat", boat}, {"stripes", stripes}}, dt,
                                                 {.samples_per_class = 2, .jitter = 0.0});
    write_event_set(events, scratch / "rasters.h5");
    const SpikeData data = read_spike_data(scratch / "rasters.h5", {.dt = dt, .steps = 60});
    EXPECT_EQ(data.channels, 40u);
    EXPECT_EQ(data.class_names, (std::vector<std::string>{"boat", "stripes"}));
    EXPECT_EQ(data.labels, (std::vector<std::uint16_t>{0, 0, 1, 1}));
    for (std::size_t i = 0; i < 4; ++i) {
      Grid<double> read(60, 40);
      for (std::size_t t = 0; t < 60; ++t)
        for (const std::uint16_t unit : data.spikes(i, t)) read[t][unit] = 1.0;
      EXPECT_EQ(read, i < 2 ? boat : stripes);
    }
  }
}

TEST(EventSet, BinnedInMemoryIsWhatReadingTheFileGives) {
  const Scratch scratch;
  const EventSet events = make_poisson_patterns({.classes = 3, .units = 30, .rate = 100.0, .duration = 0.1},
                                                {.samples_per_class = 4, .jitter = 2e-3, .seed = 9});
  write_event_set(events, scratch / "events.h5");
  for (const bool binary : {true, false}) {
    const BinningSettings settings{.dt = 3e-3, .steps = 25, .pool = 4, .binary = binary};
    const SpikeData made = bin_events(events, settings, "events"),
                    read = read_spike_data(scratch / "events.h5", settings);
    EXPECT_EQ(made.units, read.units);
    EXPECT_EQ(made.begin, read.begin);
    EXPECT_EQ(made.labels, read.labels);
    EXPECT_EQ(made.class_names, read.class_names);
    EXPECT_EQ(made.channels, read.channels);
    EXPECT_EQ(made.counts.cropped, read.counts.cropped);
    EXPECT_GT(made.counts.cropped, 0u);
    EXPECT_EQ(made.counts.merged > 0, binary);
  }
}

TEST(Summary, CountsWhatIsThere) {
  const Scratch scratch;
  EventSet events;
  events.channels = 4;
  events.class_names = {"a", "b"};
  events.times = {0.1f, 0.2f, 0.5f};
  events.units = {0, 0, 3};
  events.end_sample(1);
  events.end_sample(0);
  write_event_set(events, scratch / "few.h5");
  const DataSummary s = summarise_spike_data(scratch / "few.h5");
  EXPECT_EQ(s.samples, 2u);
  EXPECT_EQ(s.channels, 4u);
  EXPECT_EQ(s.spikes, 3u);
  EXPECT_EQ(s.fewest, 0u);
  EXPECT_EQ(s.most, 3u);
  EXPECT_EQ(s.silent_samples, 1u);
  EXPECT_EQ(s.silent_channels, 2u);
  EXPECT_EQ(s.duration, 0.5);
  EXPECT_DOUBLE_EQ(s.rate, 1.5 / 0.5 / 4);
  EXPECT_EQ(s.official, "");
  EXPECT_TRUE(s.speakers.empty());
}

TEST(Generators, ImpossibleSettingsAreRefused) {
  for (RandmanSettings wrong : {RandmanSettings{.classes = 0}, RandmanSettings{.units = 0},
                                RandmanSettings{.dimensions = 17}, RandmanSettings{.smoothness = 0.0},
                                RandmanSettings{.duration = -1.0}, RandmanSettings{.samples_per_class = 0}})
    refusal([&] { randman(wrong); });
  for (const PoissonSettings& wrong :
       {PoissonSettings{.rate = 0.0}, PoissonSettings{.rate = 1e12},
        PoissonSettings{.duration = std::nan("")}, PoissonSettings{.units = 70000}})
    refusal([&] { make_poisson_patterns(wrong, {}); });
  refusal([] { make_poisson_patterns({}, {.jitter = -1.0}); });
  refusal([] { make_raster_patterns({{"a", Grid<double>(2, 2)}}, 0.0, {}); });
}

TEST(EventSet, IsCheckedBeforeItIsBinnedOrWritten) {
  const auto refused = [](const auto& change) {
    EventSet events{.channels = 2, .class_names = {"a"}};
    events.times = {0.0f};
    events.units = {1};
    events.end_sample(0);
    EXPECT_NO_THROW(bin_events(events, {}, "events"));
    change(events);
    const Scratch scratch;
    EXPECT_THROW(bin_events(events, {}, "events"), UserError);
    EXPECT_THROW(write_event_set(events, scratch / "events.h5"), UserError);
  };
  refused([](EventSet& e) { e.labels[0] = 1; });
  refused([](EventSet& e) { e.channels = 0; });
  refused([](EventSet& e) { e.begin.clear(); });
  refused([](EventSet& e) { e.units.push_back(0); });
  refused([](EventSet& e) { e.begin[1] = 9; });
  EventSet uneven;
  uneven.times = {0.0f};
  EXPECT_THROW(uneven.end_sample(0), UserError);
  EXPECT_THROW(make_raster_patterns({{"a", Grid<double>(2, 2)}, {"b", Grid<double>(3, 2)}}, 1e-3, {}),
               UserError);
  EXPECT_THROW(poisson_raster({1e-3, 5}, 2, std::nan(""), 1, 0), UserError);
  EXPECT_THROW(poisson_raster({0.0, 5}, 2, 10.0, 1, 0), UserError);
}

}  // namespace
}  // namespace spikegrad
