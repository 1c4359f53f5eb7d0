// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "spikegrad/core/error.hpp"
#include "spikegrad/findings/findings.hpp"

namespace spikegrad {
namespace {

TEST(FindingRegistry, HasEachIdOnceAndFindsIt) {
  std::set<std::string_view> ids;
  for (const FindingInfo& info : findings()) {
    EXPECT_TRUE(ids.insert(info.id).second) << info.id;
    EXPECT_EQ(&find_finding(info.id), &info);
    EXPECT_FALSE(info.title.empty());
  }
  EXPECT_TRUE(ids.contains("F1"));
}

TEST(FindingRegistry, UnknownIdIsTheUsersErrorAndNamesThoseThereAre) {
  try {
    find_finding("F99");
    FAIL() << "F99 was found";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("F1"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace spikegrad
