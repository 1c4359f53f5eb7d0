// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/events.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "spikegrad/core/error.hpp"
#include "spikegrad/data/shd_file.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/spike_file.hpp"

namespace spikegrad {
namespace {

/// Three samples, one of them silent; two spikes fall into one step.
EventArrays three() {
  return {.channels = 5,
          .class_names = {"a", "b"},
          .labels = {1, 0, 1},
          .speakers = {7, 8, 7},
          .begin = {0, 4, 4, 6},
          .times = {3e-3, 0.0, 0.5e-3, 1e-3, 2.0000001e-3, 4e-3},
          .units = {4, 0, 0, 2, 1, 3}};
}

const BinningSettings settings{.dt = 1e-3, .steps = 4, .binary = true};

void expect_equal(const SpikeData& a, const SpikeData& b) {
  EXPECT_EQ(a.channels, b.channels);
  EXPECT_EQ(a.class_names, b.class_names);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.speakers, b.speakers);
  EXPECT_EQ(a.begin, b.begin);
  EXPECT_EQ(a.units, b.units);
  EXPECT_EQ(a.counts.kept, b.counts.kept);
  EXPECT_EQ(a.counts.cropped, b.counts.cropped);
}

TEST(Events, AreBinnedAsTheFileWithThemIs) {
  const Scratch folder;
  const EventArrays events = three();
  const SpikeData binned = bin_events(events.view(), settings, "events");
  EXPECT_EQ(binned.units, (std::vector<std::uint16_t>{0, 2, 4, 1}));
  EXPECT_EQ(binned.counts.merged, 1u);
  EXPECT_EQ(binned.counts.cropped, 1u);
  write_events(events.view(), folder / "events.h5");
  expect_equal(read_spike_data(folder / "events.h5", settings), binned);
}

TEST(Events, ComeBackFromTheFile) {
  const Scratch folder;
  const EventArrays events = three();
  write_events(events.view(), folder / "events.h5");
  const EventArrays back = read_events(folder / "events.h5");
  EXPECT_EQ(back.channels, events.channels);
  EXPECT_EQ(back.class_names, events.class_names);
  EXPECT_EQ(back.labels, events.labels);
  EXPECT_EQ(back.speakers, events.speakers);
  EXPECT_EQ(back.begin, events.begin);
  EXPECT_EQ(back.times, events.times);
  EXPECT_EQ(back.units, events.units);
}

TEST(Events, ThatDoNotGoTogetherAreRefused) {
  const auto refused = [](auto change) {
    EventArrays events = three();
    change(events);
    EXPECT_THROW(bin_events(events.view(), settings, "events"), UserError);
  };
  refused([](EventArrays& e) { e.times.pop_back(); });
  refused([](EventArrays& e) { e.begin[1] = 5; });
  refused([](EventArrays& e) { e.begin.pop_back(); });
  refused([](EventArrays& e) { e.labels[0] = 2; });
  refused([](EventArrays& e) { e.speakers.pop_back(); });
  refused([](EventArrays& e) { e.units[2] = 5; });
  refused([](EventArrays& e) { e.times[2] = -1.0; });
  refused([](EventArrays& e) { e.times[2] = std::numeric_limits<double>::quiet_NaN(); });
  refused([](EventArrays& e) { e.channels = 0; });
  refused([](EventArrays& e) { e = {.channels = 5, .class_names = {"a"}}; });
}

}  // namespace
}  // namespace spikegrad
