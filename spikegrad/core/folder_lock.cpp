// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "spikegrad/core/error.hpp"

namespace spikegrad {

std::optional<FolderLock> FolderLock::try_lock(const std::filesystem::path& folder) {
  errno = 0;
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    throw UserError(folder.string() + ": cannot be opened: " + std::generic_category().message(errno));
  FolderLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return std::nullopt;
  return lock;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace spikegrad
