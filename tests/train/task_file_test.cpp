// SPDX-License-Identifier: Apache-2.0
// A task with labels as a file. Tests of the program take the file too: the environment says where they want
// it, SPIKEGRAD_TASK_FILE=FILE train_tests --gtest_filter=TaskFile.*
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "spikegrad/core/file.hpp"
#include "spikegrad/train/data_files.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/spike_file.hpp"
#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

SpikeFile<> file_of(const SpikeData& data) {
  SpikeFile<> file{.times = {}, .units = {}, .labels = {}, .keys = data.class_names};
  file.channels = static_cast<std::int64_t>(data.channels);
  for (std::size_t i = 0; i < data.size(); ++i) {
    auto& times = file.times.emplace_back();
    auto& units = file.units.emplace_back();
    for (std::size_t t = 0; t < data.time.steps; ++t)
      for (const std::uint16_t unit : data.spikes(i, t)) {
        times.push_back(static_cast<float>((static_cast<double>(t) + 0.5) * data.time.dt));
        units.push_back(unit);
      }
    file.labels.push_back(data.labels[i]);
    file.speakers.push_back(data.speakers[i]);
  }
  return file;
}

TEST(TaskFile, ReadsBackAsItWasMade) {
  const Scratch scratch;
  const char* wanted = std::getenv("SPIKEGRAD_TASK_FILE");
  const std::filesystem::path file = wanted ? std::filesystem::path(wanted) : scratch / "task_train.h5";
  const SpikeData data = testing::labelled_task(300);
  write_file(file, file_of(data).bytes());
  const Model model = testing::task_model();
  const SpikeData back = read_data(file, model);
  EXPECT_EQ(back.labels, data.labels);
  EXPECT_EQ(back.speakers, data.speakers);
  EXPECT_EQ(back.begin, data.begin);
  EXPECT_EQ(back.units, data.units);
  EXPECT_EQ(fingerprint(back), fingerprint(data));
}

TEST(TaskFile, AFolderHoldsOneFileOfEachKind) {
  const Scratch scratch;
  EXPECT_NE(refusal([&] { find_data_files(scratch.folder()); }).find("no *_train.h5"), std::string::npos);
  write_file(scratch / "a_train.h5", "");
  EXPECT_EQ(find_data_files(scratch.folder()).training, scratch / "a_train.h5");
  EXPECT_FALSE(find_data_files(scratch.folder()).test);
  write_file(scratch / "a_test.h5", "");
  EXPECT_EQ(*find_data_files(scratch.folder()).test, scratch / "a_test.h5");
  write_file(scratch / "b_train.h5", "");
  EXPECT_NE(refusal([&] { find_data_files(scratch.folder()); }).find("both"), std::string::npos);
  EXPECT_NE(refusal([&] { find_data_files(scratch / "none"); }).find("not there"), std::string::npos);
}

}  // namespace
}  // namespace spikegrad
