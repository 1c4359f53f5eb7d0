// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace fs = std::filesystem;
namespace {

std::string reason() {
  return errno == 0 ? "unknown reason" : std::generic_category().message(errno);
}

std::ifstream open_to_read(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw UserError(path.string() + ": is a folder, a file is expected");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UserError(path.string() + ": cannot be read: " + reason());
  return in;
}

/// The file itself, where the path is a link to one.
fs::path behind_links(const fs::path& path) {
  std::error_code error;
  fs::path file = fs::canonical(path, error);
  return error ? path : file;
}

/// Whether everything written to a file or folder has reached the disk.
bool flushed(const fs::path& path) {
  errno = 0;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool done = ::fsync(descriptor) == 0;
  const int why = errno;
  ::close(descriptor);
  errno = why;
  return done;
}

}  // namespace

bool takes_what_comes(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

void check_readable(const fs::path& path) {
  open_to_read(path);
}

std::string read_file(const fs::path& path, std::size_t limit) {
  std::ifstream in = open_to_read(path);
  // In pieces, because a pipe or a device does not say beforehand how long it is.
  std::string content;
  std::array<char, 1 << 16> piece;
  while (in.read(piece.data(), piece.size()), in.gcount() > 0) {
    content.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    if (content.size() > limit)
      throw UserError(path.string() + ": is longer than " + std::to_string(limit >> 20) +
                      " MiB, the most that is read");
  }
  if (in.bad()) throw UserError(path.string() + ": cannot be read: " + reason());
  return content;
}

fs::path begin_beside(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) throw UserError(path.string() + ": is a folder, a file is expected");
  if (takes_what_comes(path)) throw UserError(path.string() + ": is a device or a pipe, a file is expected");
  if (path.has_parent_path()) {
    fs::create_directories(path.parent_path(), error);
    if (error) throw UserError(path.parent_path().string() + ": cannot be made: " + error.message());
  }
  fs::path aside = behind_links(path);
  aside += ".partial";
  return aside;
}

void finish_beside(const fs::path& aside, const fs::path& path) {
  std::error_code error, ignored;
  if (!flushed(aside)) {
    const std::string why = reason();
    fs::remove(aside, ignored);
    throw UserError(path.string() + ": cannot be written: " + why);
  }
  const fs::path file = behind_links(path);
  fs::rename(aside, file, error);
  if (error) {
    fs::remove(aside, ignored);
    throw UserError(path.string() + ": cannot be written: " + error.message());
  }
  flushed(file.has_parent_path() ? file.parent_path() : fs::path("."));  // the new name; not all systems can
}

void write_file(const fs::path& path, std::string_view content) {
  const bool at_once = takes_what_comes(path);
  const fs::path to = at_once ? path : begin_beside(path);
  errno = 0;
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) {
    const std::string why = reason();
    std::error_code ignored;
    if (!at_once) fs::remove(to, ignored);
    throw UserError(path.string() + ": cannot be written: " + why);
  }
  if (!at_once) finish_beside(to, path);
}

void append_file(const fs::path& path, std::string_view content) {
  std::error_code ignored;
  const std::uintmax_t before = fs::is_regular_file(path, ignored) ? fs::file_size(path, ignored) : 0;
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::app);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (out && flushed(path)) return;
  const std::string why = reason();
  if (fs::is_regular_file(path, ignored)) fs::resize_file(path, before, ignored);
  throw UserError(path.string() + ": cannot be written: " + why);
}

void check_writable(const std::filesystem::path& folder) {
  const fs::path probe = begin_beside(folder / ".writable");
  errno = 0;
  const bool made = std::ofstream(probe).is_open();
  const std::string why = reason();
  std::error_code ignored;
  fs::remove(probe, ignored);
  if (!made) throw UserError(folder.string() + ": nothing can be written into it: " + why);
}

}  // namespace spikegrad
