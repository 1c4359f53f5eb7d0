// SPDX-License-Identifier: Apache-2.0
// A file is written whole or not at all, and what goes wrong names the file.
#include "spikegrad/core/file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

namespace fs = std::filesystem;

class File : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / (std::string("spikegrad-file-") + test->name());
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  template <class Action>
  static std::string message_of(Action&& action) {
    try {
      action();
    } catch (const UserError& error) {
      return error.what();
    }
    return "no error";
  }

  fs::path folder_;
};

TEST_F(File, ComesBackByteForByteAndNothingElseIsLeft) {
  const std::string content("a\r\n\0\xff z", 8);
  write_file(folder_ / "new" / "file", "before");
  write_file(folder_ / "new" / "file", content);
  EXPECT_EQ(read_file(folder_ / "new" / "file"), content);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "new"), {}), 1);
}

TEST_F(File, AMissingFileIsNamed) {
  const auto path = folder_ / "none";
  const std::string message = message_of([&] { read_file(path); });
  EXPECT_NE(message.find(path.string()), std::string::npos) << message;
  EXPECT_NE(message.find("No such file"), std::string::npos) << message;
}

TEST_F(File, AFolderIsNoFile) {
  fs::create_directories(folder_ / "folder");
  EXPECT_NE(message_of([&] { read_file(folder_ / "folder"); }).find("is a folder"), std::string::npos);
  EXPECT_NE(message_of([&] { write_file(folder_ / "folder", "x"); }).find("is a folder"), std::string::npos);
}

TEST_F(File, ALinkStaysOneAndItsFileIsWritten) {
  write_file(folder_ / "file", "before");
  fs::create_symlink(folder_ / "file", folder_ / "link");
  write_file(folder_ / "link", "after");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_file(folder_ / "file"), "after");
}

TEST_F(File, APipeTakesWhatIsWrittenAndStaysOne) {
  fs::create_directories(folder_);
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);  // else the writer waits for one
  write_file(pipe, "passed on");
  std::array<char, 20> passed{};
  EXPECT_EQ(::read(reader, passed.data(), passed.size()), 9);
  ::close(reader);
  EXPECT_EQ(std::string(passed.data()), "passed on");
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_NE(message_of([&] { begin_beside(pipe); }).find("is a device or a pipe"), std::string::npos);
}

TEST_F(File, WhereNothingCanBeWrittenTheErrorNamesThePlace) {
  write_file(folder_ / "file", "kept");
  const auto below_a_file = folder_ / "file" / "report.html";
  const std::string message = message_of([&] { write_file(below_a_file, "x"); });
  EXPECT_NE(message.find((folder_ / "file").string()), std::string::npos) << message;
  EXPECT_EQ(read_file(folder_ / "file"), "kept");
  // A full disk: every write to /dev/full fails, so would one to a link to it.
  if (fs::exists("/dev/full")) {
    fs::create_symlink("/dev/full", folder_ / "other.partial");
    EXPECT_NE(message_of([&] { write_file(folder_ / "other", std::string(1 << 20, 'x')); }).find("No space"),
              std::string::npos);
    EXPECT_FALSE(fs::exists(folder_ / "other"));
  }
}

}  // namespace
}  // namespace spikegrad
