// SPDX-License-Identifier: Apache-2.0
// A folder that one process has to itself.
#pragma once

#include <filesystem>
#include <optional>
#include <utility>

namespace spikegrad {

/// Held as long as it lives, on the folder itself (flock(2)): no file is left behind, and the system lets go
/// when the process ends in whatever way. A process forked meanwhile holds it too. Only those who ask heed
/// it.
class FolderLock {
 public:
  /// None where another holds it. Where the file system knows no locks, it is given to all. Throws UserError
  /// where the folder cannot be opened.
  static std::optional<FolderLock> try_lock(const std::filesystem::path& folder);

  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace spikegrad
