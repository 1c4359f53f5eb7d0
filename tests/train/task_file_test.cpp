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

// The layout of the Spiking Speech Commands: three files in a folder.
TEST(TaskFile, AValidationFileValidates) {
  const Scratch scratch;
  const SpikeData training = testing::labelled_task(60), validation = testing::labelled_task(30, 2);
  SpikeFile<> other = file_of(validation);  // the same classes in another order
  other.keys = {"c", "a", "b"};
  for (auto& label : other.labels) label = (label + 1) % 3;
  write_file(scratch / "s_train.h5", file_of(training).bytes());
  write_file(scratch / "s_valid.h5", other.bytes());
  const DataFiles files = find_data_files(scratch.folder());
  ASSERT_TRUE(files.validation);
  std::vector<std::string> notes;
  const Model automatic = testing::task_model(), named = testing::task_model("split = \"file\"");
  for (const Model* model : {&automatic, &named}) {
    notes.clear();
    const SpikeData data = read_training_data(files, *model, notes);
    EXPECT_EQ(notes.size(), 1u);
    EXPECT_NE(notes[0].find("matched by name"), std::string::npos);
    const Split split = split_for(*model, data);
    EXPECT_EQ(split.training.size(), 60u);
    EXPECT_EQ(split.validation.size(), 30u);
    EXPECT_EQ(split.validation.front(), 60u);
    for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(data.labels[60 + i], validation.labels[i]);
  }
  // Passed over with a word.
  notes.clear();
  const Model stratified = testing::task_model("split = \"stratified\"");
  EXPECT_EQ(read_training_data(files, stratified, notes).size(), 60u);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("s_valid.h5: is not used"), std::string::npos) << notes[0];
  EXPECT_NE(refusal([&] {
              read_training_data({files.training, std::nullopt, std::nullopt}, named, notes);
            }).find("needs --data FOLDER with a *_valid.h5"),
            std::string::npos);
}

TEST(TaskFile, ATestFileIsPutIntoTheOrderOfTheRun) {
  const Scratch scratch;
  const SpikeData data = testing::labelled_task(30);
  SpikeFile<> file = file_of(data);
  file.keys = {"b", "c", "a"};
  write_file(scratch / "test.h5", file.bytes());
  const Model model = testing::task_model();
  RunData run{.training = "train.h5", .classes = {"a", "b", "c"}, .channels = 12};
  std::vector<std::string> notes;
  const SpikeData matched = read_test_data(scratch / "test.h5", model, run, notes);
  for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(matched.labels[i], (data.labels[i] + 1) % 3);
  EXPECT_EQ(notes.size(), 1u);
  run.channels = 11;
  EXPECT_NE(refusal([&] {
              read_test_data(scratch / "test.h5", model, run, notes);
            }).find("has 12 channels, and train.h5 has 11"),
            std::string::npos);
  run = {.training = "train.h5", .classes = {"a", "b", "d"}, .channels = 12};
  EXPECT_NE(refusal([&] {
              read_test_data(scratch / "test.h5", model, run, notes);
            }).find("class 'c' is not among those of train.h5: a, b, d"),
            std::string::npos);
}

TEST(TaskFile, FewerChannelsAndClassesThanUnitsAreSaid) {
  SpikeData data = testing::labelled_task(30);
  EXPECT_TRUE(data_notes(testing::task_model(), data).empty());
  const Model wide = testing::task_model("", {"population.x.size=14", "population.o.size=5"});
  const auto notes = data_notes(wide, data);
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_NE(notes[0].find("has 12 channels, but the input 'x' has 14 units"), std::string::npos);
  EXPECT_NE(notes[1].find("has 3 classes, but the readout 'o' has 5 units"), std::string::npos);
}

}  // namespace
}  // namespace spikegrad
