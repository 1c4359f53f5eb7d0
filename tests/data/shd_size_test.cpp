// SPDX-License-Identifier: Apache-2.0
// A file as large as SHD's training set: it must fit, and not take long.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spikegrad/core/hdf5.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/data/shd_file.hpp"
#include "tests/support/scratch.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t samples = 8156, spikes_each = 8000, mebibyte = 1024;  // ru_maxrss counts kibibytes

/// 8,156 samples of 8,000 spikes within a second, times as halves: the same spikes with other labels, so that
/// making the file needs little memory.
void write_as_large_as_shd(const std::filesystem::path& path) {
  SequentialRng rng(1);
  std::vector<Half> times(spikes_each);
  std::vector<std::uint16_t> units(spikes_each);
  for (Half& time : times) time = to_half(static_cast<float>(rng.uniform()));
  for (std::uint16_t& unit : units) unit = static_cast<std::uint16_t>(rng() % 700);
  std::vector<std::uint16_t> labels(samples);
  for (std::size_t i = 0; i < samples; ++i) labels[i] = static_cast<std::uint16_t>(i % 20);
  const std::vector<std::string> keys(20, "digit");
  hdf5::File file = hdf5::File::create(path);
  file.write_ragged<Half>("spikes/times", std::vector(samples, std::span<const Half>(times)));
  file.write_ragged<std::uint16_t>("spikes/units",
                                   std::vector(samples, std::span<const std::uint16_t>(units)));
  file.write<std::uint16_t>("labels", labels);
  file.write_strings("extra/keys", keys);
  file.commit();
}

/// Runs in a child process, so that nothing else counts; the largest resident size of it, and of the process
/// that it starts to read in, in kibibytes.
TEST(ShdFileSlow, AsManySpikesAsShdFitInto400Mebibytes) {
  const Scratch scratch;
  const auto path = scratch / "large_train.h5";
  write_as_large_as_shd(path);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const SpikeData data =
        read_spike_data(path, {.dt = 2e-3, .steps = 500, .binary = false}, Isolation::child);
    rusage own{}, reader{};
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &reader);
    const bool right = data.size() == samples && data.counts.in_file == samples * spikes_each &&
                       data.counts.kept + data.counts.cropped == data.counts.in_file &&
                       official_set(data.size(), data.classes(), data.channels) == "SHD training set";
    const auto used = static_cast<std::size_t>(own.ru_maxrss + reader.ru_maxrss) / mebibyte;
    _exit(!right ? 1 : used < 400 ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "1: not what was written; 2: 400 MiB or more for both processes";
}

}  // namespace
}  // namespace spikegrad
