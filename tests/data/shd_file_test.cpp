// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/shd_file.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>

#include "spikegrad/core/file.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/data/shd_open_file.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/spike_file.hpp"

namespace spikegrad {
namespace {

using Units = std::vector<std::uint16_t>;

template <class Time>
SpikeData parse(const SpikeFile<Time>& file, const BinningSettings& settings) {
  return read_spike_data(hdf5::File::open_bytes(file.bytes(), "test.h5"), settings);
}

Units spikes(const SpikeData& data, std::size_t sample, std::size_t step) {
  const auto s = data.spikes(sample, step);
  return {s.begin(), s.end()};
}

TEST(ShdFile, SpikesFallIntoTheirSteps) {
  SpikeFile<float> file;
  file.times = {{0.0101f, 0.0f, 0.0119f, 0.0121f, 0.0105f, 0.0102f, 0.5f}, {}, {0.003f}};
  file.units = {{7, 3, 9, 2, 7, 1, 5}, {}, {699}};
  file.labels = {1, 0, 1};
  file.speakers = {4, 0, 4};
  BinningSettings settings{.dt = 2e-3, .steps = 8};
  SpikeData data = parse(file, settings);
  EXPECT_EQ(data.size(), 3u);
  EXPECT_EQ(data.channels, 700u);
  EXPECT_EQ(data.labels, (Units{1, 0, 1}));
  EXPECT_EQ(data.speakers, (Units{4, 0, 4}));
  EXPECT_EQ(data.class_names, (std::vector<std::string>{"zero", "one"}));
  EXPECT_EQ(data.begin.size(), 3u * 8 + 1);
  EXPECT_EQ(spikes(data, 0, 0), Units{3});
  EXPECT_EQ(spikes(data, 0, 5), (Units{1, 7, 9}));
  EXPECT_EQ(spikes(data, 0, 6), Units{2});
  EXPECT_EQ(spikes(data, 2, 1), Units{699});
  EXPECT_EQ(data.spikes(0).size(), 5u);
  EXPECT_EQ(data.spikes(1).size(), 0u);
  EXPECT_EQ(data.counts.in_file, 8u);
  EXPECT_EQ(data.counts.kept, 6u);
  EXPECT_EQ(data.counts.cropped, 1u);
  EXPECT_EQ(data.counts.merged, 1u);
  settings.binary = false;
  data = parse(file, settings);
  EXPECT_EQ(spikes(data, 0, 5), (Units{1, 7, 7, 9}));
  EXPECT_EQ(data.counts.merged, 0u);
  settings.pool = 4;
  data = parse(file, settings);
  EXPECT_EQ(data.channels, 175u);
  EXPECT_EQ(spikes(data, 0, 5), (Units{0, 1, 1, 2}));
  EXPECT_EQ(spikes(data, 2, 1), Units{174});
}

/// What any grid of steps does to a time stored in single precision just at a step's beginning.
TEST(ShdFile, TimesAtTheBeginningOfAStepBelongToIt) {
  for (const double dt : {1e-3, 2e-3, 0.7e-3}) {
    SpikeFile<float> file;
    file.times[0].clear();
    for (int t = 0; t < 1000; ++t)
      file.times[0].push_back(static_cast<float>(t * dt)), file.units[0].push_back(0);
    const SpikeData data = parse(file, {.dt = dt, .steps = 1000});
    for (std::size_t t = 0; t < 1000; ++t) ASSERT_EQ(data.spikes(0, t).size(), 1u) << dt << " " << t;
  }
}

/// Seconds as halves: microseconds would overflow, and the times of the file must not.
TEST(ShdFile, HalvesAreExact) {
  SpikeFile<Half> file;
  std::vector<int> expected(2000);
  for (std::uint16_t bits = 0; bits < 0x3C00; bits += 3) {
    file.times[0].push_back(Half{bits});
    file.units[0].push_back(bits % 700);
    ++expected[static_cast<std::size_t>(to_float(Half{bits}) / 1e-3)];
  }
  const SpikeData data = parse(file, {.dt = 1e-3, .steps = 1000, .binary = false});
  for (std::size_t t = 0; t < 1000; ++t)
    ASSERT_EQ(data.spikes(0, t).size(), static_cast<std::size_t>(expected[t])) << t;
}

TEST(ShdFile, OptionalParts) {
  SpikeFile<double> file;
  file.times = {{0.1}, {0.2}};
  file.units = {{19}, {0}};
  file.labels = {3, 0};
  file.keys.clear();
  file.channels = 20;
  const SpikeData data = parse(file, {});
  EXPECT_EQ(data.class_names, (std::vector<std::string>{"0", "1", "2", "3"}));
  EXPECT_EQ(data.channels, 20u);
  EXPECT_TRUE(data.speakers.empty());
  EXPECT_EQ(parse(file, {.channels = 24}).channels, 24u);
}

template <class Time = float>
struct Wrong {
  const char* says;
  SpikeFile<Time> file;
};

TEST(ShdFile, WhatIsWrongIsNamedWithItsPlace) {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              infinity = std::numeric_limits<float>::infinity();
  const std::vector<Wrong<>> wrong{
      {"spikes/times: is missing", {.without = "spikes/times"}},
      {"spikes/units: is missing", {.without = "spikes/units"}},
      {"labels: is missing", {.without = "labels"}},
      {"sample 1 has 2 spikes/times and 1 spikes/units",
       {.times = {{0.f}, {0.f, 0.f}}, .units = {{0}, {0}}, .labels = {0, 0}}},
      {"spikes/units: has 1 rows, spikes/times has 2", {.times = {{}, {}}, .units = {{}}, .labels = {0, 0}}},
      {"labels: has 1 entries, spikes/times has 2", {.times = {{}, {}}, .units = {{}, {}}}},
      {"extra/speaker: has 2 entries", {.speakers = {1, 1}}},
      {"spikes/units[0][1] is 700, must lie from 0 to 699", {.times = {{0.f, 0.f}}, .units = {{0, 700}}}},
      {"spikes/units[0][0] is -1", {.times = {{0.f}}, .units = {{-1}}}},
      {"spikes/units[0][0] is 20, must lie from 0 to 19",
       {.times = {{0.f}}, .units = {{20}}, .channels = 20}},
      {"spikes/times[0][1] is -0.25", {.times = {{0.f, -0.25f}}, .units = {{0, 0}}}},
      {"spikes/times[0][0] is nan", {.times = {{nan}}, .units = {{0}}}},
      {"spikes/times[0][0] is inf", {.times = {{infinity}}, .units = {{0}}}},
      {"labels[0] is 2, must lie below the 2 names", {.labels = {2}}},
      {"labels: [0] is -1", {.labels = {-1}}},
      {"labels: [0] is 70000", {.labels = {70000}}},
      {"holds no sample", {.times = {}, .units = {}, .labels = {}}},
      {"extra/channels: must be one number", {.channels = 70000}},
  };
  for (const auto& [says, file] : wrong) {
    const std::string text = refusal([&, &file = file] { parse(file, {}); });
    EXPECT_NE(text.find(says), std::string::npos) << text;
    EXPECT_EQ(text.rfind("test.h5: ", 0), 0u) << text;
  }
}

TEST(ShdFile, AnArrayOfAnotherShapeIsNamedWithItsShape) {
  const SpikeFile<float> file{.without = "labels"};
  hdf5::File out = hdf5::File::create_in_memory();
  file.write(out);
  const std::int32_t label = 0;
  const std::size_t shape[] = {1, 1};
  out.write<std::int32_t>("labels", std::span(&label, 1), shape);
  EXPECT_EQ(refusal([&] { read_spike_data(hdf5::File::open_bytes(out.bytes(), "test.h5"), {}); }),
            "test.h5: labels: has shape [1, 1], must have one dimension: [1]");
}

TEST(ShdFile, ImpossibleSettings) {
  const SpikeFile<float> file;
  for (const BinningSettings& settings :
       {BinningSettings{.dt = 0.0}, BinningSettings{.dt = -1.0}, BinningSettings{.dt = std::nan("")},
        BinningSettings{.steps = 0}, BinningSettings{.steps = std::size_t{1} << 40},
        BinningSettings{.pool = 0}, BinningSettings{.channels = 100000}})
    refusal([&] { parse(file, settings); });
}

/// The spoken digits beside the repository, where they are there.
TEST(ShdFile, SpokenDigits) {
  const auto folder = std::filesystem::path(SPIKEGRAD_SOURCE_DIR).parent_path() / "shared" / "data";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: there is no " << folder;
  const SpikeData data = read_spike_data(folder / "fsdd_spikes_test.h5", {.dt = 2e-3, .steps = 350});
  EXPECT_EQ(data.size(), 400u);
  EXPECT_EQ(data.classes(), 10u);
  EXPECT_EQ(data.speakers.size(), 400u);
  EXPECT_EQ(data.counts.in_file, data.counts.kept + data.counts.cropped + data.counts.merged);
  // Seconds as halves reach 0.9 s: nothing may be lost when nothing is cropped.
  const SpikeData all =
      read_spike_data(folder / "fsdd_spikes_test.h5", {.dt = 2e-3, .steps = 600, .binary = false});
  EXPECT_EQ(all.counts.kept, all.counts.in_file);
  EXPECT_EQ(all.counts.in_file, data.counts.in_file);
}

TEST(ShdFile, OfficialSetsAreRecognised) {
  EXPECT_EQ(official_set(8156, 20, 700), "SHD training set");
  EXPECT_EQ(official_set(2264, 20, 700), "SHD test set");
  EXPECT_EQ(official_set(75466, 35, 700), "SSC training set");
  EXPECT_EQ(official_set(9981, 35, 700), "SSC validation set");
  EXPECT_EQ(official_set(20382, 35, 700), "SSC test set");
  EXPECT_EQ(official_set(8156, 10, 700), "");
  EXPECT_EQ(official_set(8155, 20, 700), "");
}

/// Two samples with two speakers.
SpikeFile<float> two_samples() {
  SpikeFile<float> file;
  file.times = {{0.1f, 0.2f}, {0.3f}};
  file.units = {{1, 2}, {3}};
  file.labels = {0, 1};
  file.speakers = {4, 5};
  return file;
}

void expect_same(const SpikeData& a, const SpikeData& b) {
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.time.dt, b.time.dt);
  EXPECT_EQ(a.time.steps, b.time.steps);
  EXPECT_EQ(a.begin, b.begin);
  EXPECT_EQ(a.units, b.units);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.speakers, b.speakers);
  EXPECT_EQ(a.class_names, b.class_names);
  EXPECT_EQ(a.channels, b.channels);
  EXPECT_EQ(a.counts.in_file, b.counts.in_file);
  EXPECT_EQ(a.counts.kept, b.counts.kept);
}

/// How often this process has forked since the first call.
int forks() {
  static std::atomic<int> count{0};
  static const int registered = pthread_atfork(
      nullptr, [] { ++count; }, nullptr);
  EXPECT_EQ(registered, 0);
  return count;
}

TEST(ShdFile, ReadsTheSameHereAndInAChild) {
  const Scratch scratch;
  write_file(scratch / "a.h5", two_samples().bytes());
  const int before = forks();
  const SpikeData here = read_spike_data(scratch / "a.h5", {});
  EXPECT_EQ(forks(), before);
  const SpikeData there = read_spike_data(scratch / "a.h5", {}, Isolation::child);
  EXPECT_EQ(forks(), before + 1);
  EXPECT_EQ(here.source, (scratch / "a.h5").string());
  EXPECT_EQ(here.size(), 2u);
  expect_same(here, there);
}

TEST(ShdFile, RefusesTheSameHereAndInAChild) {
  const Scratch scratch;
  SpikeFile<float> file = two_samples();
  file.labels = {0, 2};
  write_file(scratch / "wrong.h5", file.bytes());
  write_file(scratch / "text.h5", "no HDF5 file");
  for (const char* name : {"wrong.h5", "text.h5", "none.h5"}) {
    const std::string here = refusal([&] { read_spike_data(scratch / name, {}); });
    EXPECT_EQ(here, refusal([&] { read_spike_data(scratch / name, {}, Isolation::child); }));
  }
}

/// As in a program that has threads of its own, where a fork would be a risk.
TEST(ShdFile, ReadsWithoutAForkWhileOtherThreadsRun) {
  const Scratch scratch;
  write_file(scratch / "a.h5", two_samples().bytes());
  const SpikeData alone = read_spike_data(scratch / "a.h5", {});
  const int before = forks();
  std::vector<SpikeData> read(20);
  parallel_for(read.size(), 4, [&](std::size_t i) { read[i] = read_spike_data(scratch / "a.h5", {}); });
  EXPECT_EQ(forks(), before);
  for (const SpikeData& data : read) expect_same(data, alone);
}

/// Bytes changed, runs of bytes overwritten, ends cut off: read or refused in one line, whatever the HDF5
/// library makes of it.
TEST(ShdFile, DamagedFilesAreReadOrRefused) {
  const Scratch scratch;
  SpikeFile<float> file;
  file.times.assign(20, std::vector<float>(30, 0.1f));
  file.units.assign(20, std::vector<std::int32_t>(30, 5));
  file.labels.assign(20, 1);
  const std::string whole = file.bytes();
  SequentialRng rng(1);
  int refused = 0;
  for (int k = 0; k < 60; ++k) {
    std::string bytes = whole;
    const auto place = [&] { return rng() % bytes.size(); };
    if (k % 3 == 0)
      for (int n = 0; n < 8; ++n) bytes[place()] = static_cast<char>(rng());
    else if (k % 3 == 1)
      bytes.replace(place(), 16, 16, static_cast<char>(rng()));
    else
      bytes.resize(place());
    std::ofstream(scratch / "damaged.h5", std::ios::binary) << bytes;
    try {
      read_spike_data(scratch / "damaged.h5", {}, Isolation::child);
    } catch (const UserError& error) {
      ++refused;
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
  }
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace spikegrad
