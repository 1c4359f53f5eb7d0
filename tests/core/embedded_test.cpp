// SPDX-License-Identifier: Apache-2.0
// What the library carries is what the repository holds, byte for byte, and a missing file is named.
#include "spikegrad/core/embedded.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Embedded, EveryExperimentIsCarriedUnchanged) {
  const std::filesystem::path root = SPIKEGRAD_SOURCE_DIR;
  std::vector<std::string> expected;
  if (std::filesystem::exists(root / "experiments")) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "experiments")) {
      if (entry.path().extension() != ".toml") continue;
      expected.push_back(std::filesystem::relative(entry.path(), root).generic_string());
    }
  }
  std::ranges::sort(expected);
  const auto names = embedded_names("experiments/");
  ASSERT_EQ(std::vector<std::string>(names.begin(), names.end()), expected);
  for (const auto& name : expected) EXPECT_EQ(embedded_file(name), read_file(root / name)) << name;
}

TEST(Embedded, AMissingFileIsTheUsersErrorAndNamed) {
  try {
    embedded_file("experiments/none-such.toml");
    FAIL() << "found a file that does not exist";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("experiments/none-such.toml"), std::string::npos);
  }
}

TEST(Embedded, NamesAreSortedAndBeginWithThePrefix) {
  const auto names = embedded_names("");
  EXPECT_EQ(names.size(), embedded_files().size());
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_TRUE(embedded_names("no such prefix").empty());
}

}  // namespace
}  // namespace spikegrad
