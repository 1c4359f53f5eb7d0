// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/folder_lock.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spikegrad/core/error.hpp"
#include "tests/support/scratch.hpp"

namespace spikegrad {
namespace {

TEST(FolderLock, OneHolderAtATime) {
  const Scratch scratch;
  std::optional<FolderLock> first = FolderLock::try_lock(scratch.folder());
  ASSERT_TRUE(first);
  EXPECT_FALSE(FolderLock::try_lock(scratch.folder()));
  FolderLock moved = *std::move(first);
  first.reset();
  EXPECT_FALSE(FolderLock::try_lock(scratch.folder()));
  { const FolderLock ends = std::move(moved); }
  EXPECT_TRUE(FolderLock::try_lock(scratch.folder()));
  EXPECT_THROW(FolderLock::try_lock(scratch / "none"), UserError);
}

TEST(FolderLock, EndsWithTheProcess) {
  const Scratch scratch;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FolderLock::try_lock(scratch.folder());
    const char held = lock ? 'y' : 'n';
    if (::write(ready[1], &held, 1) == 1) ::pause();
    ::_exit(0);
  }
  char held = 0;
  ASSERT_EQ(::read(ready[0], &held, 1), 1);
  EXPECT_EQ(held, 'y');
  EXPECT_FALSE(FolderLock::try_lock(scratch.folder()));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(FolderLock::try_lock(scratch.folder()));
  ::close(ready[0]);
  ::close(ready[1]);
}

}  // namespace
}  // namespace spikegrad
